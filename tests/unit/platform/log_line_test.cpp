#include "rfi/platform/log_line.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::platform {
namespace {

using namespace std::chrono_literals;

constexpr UtcTime kTime{std::chrono::milliseconds{1'709'210'096'789}};

std::string line(LogFormat format, const std::vector<Field>& fields) {
  return format_line(
      format, {.time = kTime, .level = Level::info, .event = "rfi.submitted"}, fields);
}

std::string json(const std::vector<Field>& fields) {
  constexpr std::string_view kHead =
      R"({"ts":"2024-02-29T12:34:56.789Z","level":"info","event":"rfi.submitted")";
  const std::string text = line(LogFormat::json, fields);
  EXPECT_TRUE(text.starts_with(kHead) && text.ends_with('}')) << text;
  return text.substr(kHead.size(), text.size() - kHead.size() - 1);
}

std::string text(const std::vector<Field>& fields) {
  constexpr std::string_view kHead = "2024-02-29T12:34:56.789Z info rfi.submitted";
  const std::string whole = line(LogFormat::text, fields);
  EXPECT_TRUE(whole.starts_with(kHead)) << whole;
  return whole.substr(kHead.size());
}

TEST(FormatLine, WritesEachKindOfValueInBothFormats) {
  const std::vector<std::string> paths = {"proof_of_identity.files", "a,b", ""};
  const std::vector<std::string> none;
  struct Case {
    std::string_view name;
    Field field;
    std::string_view json;
    std::string_view text;
  };
  const std::vector<Case> cases = {
      {"text", {"k", "abc"}, R"(,"k":"abc")", " k=abc"},
      {"string", {"k", std::string_view{"a b"}}, R"(,"k":"a b")", R"( k="a b")"},
      {"empty", {"k", ""}, R"(,"k":"")", R"( k="")"},
      {"equals sign", {"k", "a=b"}, R"(,"k":"a=b")", R"( k="a=b")"},
      {"comma", {"k", "a,b"}, R"(,"k":"a,b")", R"( k="a,b")"},
      {"path", {"k", "files[0].uri"}, R"(,"k":"files[0].uri")", " k=files[0].uri"},
      {"beyond ASCII", {"k", "é"}, R"(,"k":"é")", R"( k="é")"},
      {"zero", {"k", 0}, R"(,"k":0)", " k=0"},
      {"negative", {"k", -5}, R"(,"k":-5)", " k=-5"},
      {"largest",
       {"k", std::numeric_limits<std::uint64_t>::max()},
       R"(,"k":18446744073709551615)",
       " k=18446744073709551615"},
      {"smallest",
       {"k", std::numeric_limits<std::int64_t>::min()},
       R"(,"k":-9223372036854775808)",
       " k=-9223372036854775808"},
      {"fraction", {"k", 0.1}, R"(,"k":0.1)", " k=0.1"},
      {"not a number", {"k", std::numeric_limits<double>::quiet_NaN()}, R"(,"k":null)", " k=null"},
      {"infinite", {"k", std::numeric_limits<double>::infinity()}, R"(,"k":null)", " k=null"},
      {"true", {"k", true}, R"(,"k":true)", " k=true"},
      {"false", {"k", false}, R"(,"k":false)", " k=false"},
      {"time", {"k", kTime}, R"(,"k":"2024-02-29T12:34:56.789Z")", " k=2024-02-29T12:34:56.789Z"},
      {"duration", {"k", 1500us}, R"(,"k":2)", " k=2"},
      {"list",
       {"k", paths},
       R"(,"k":["proof_of_identity.files","a,b",""])",
       R"( k=proof_of_identity.files,"a,b","")"},
      {"empty list", {"k", none}, R"(,"k":[])", " k="},
      {"something", {"k", std::optional<unsigned>{7}}, R"(,"k":7)", " k=7"},
      {"nothing", {"k", std::optional<unsigned>{}}, "", ""},
      {"group",
       {"k", Group{{"queue", 1}, {"gone", std::optional<int>{}}, {"wait", 2ms}}},
       R"(,"k":{"queue":1,"wait":2})",
       " k.queue=1 k.wait=2"},
      {"empty group", {"k", Group{}}, R"(,"k":{})", ""},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(json({each.field}), each.json) << each.name;
    EXPECT_EQ(text({each.field}), each.text) << each.name;
  }
}

TEST(FormatLine, KeepsTheOrderOfTheFields) {
  const std::vector<Field> fields = {{"b", 1}, {"a", 2}};
  EXPECT_EQ(json(fields), R"(,"b":1,"a":2)");
  EXPECT_EQ(text(fields), " b=1 a=2");
}

TEST(FormatLine, LetsNoValueForgeALine) {
  const std::vector<std::string_view> attacks = {
      "x\n2024-02-29T12:34:56.789Z info rfi.submitted",
      "x\r\n<2>forged",
      "x\xC2\x85{\"event\":\"forged\"}",
      R"(x","event":"forged)",
      "x event=forged",
      "\x1B[2K\x1B[1Gforged",
  };
  for (const std::string_view attack : attacks) {
    const std::vector<std::string> list = {std::string(attack)};
    const std::vector<Field> fields = {{"k", attack}, {"list", list}, {attack, 1}};
    for (const LogFormat format : {LogFormat::json, LogFormat::text}) {
      const std::string written = line(format, fields);
      EXPECT_EQ(written.find_first_of("\n\r\x1B\x7F"), std::string::npos) << written;
      EXPECT_EQ(written.find("\xC2\x85"), std::string::npos) << written;
      EXPECT_EQ(written.find(R"(","event":"forged)"), std::string::npos) << written;
    }
  }
  EXPECT_EQ(text({{"k", "x event=forged"}}), R"( k="x event=forged")");
}

TEST(FormatLine, LeavesOutWhatDoesNotFitAndSaysSo) {
  const std::string large(kMaxLineBytes, 'x');
  const std::vector<Field> fields = {{"reference", "r"}, {"fields", large}, {"attempt", 3}};
  EXPECT_EQ(json(fields), R"(,"reference":"r","attempt":3,"truncated":true)");
  EXPECT_EQ(text(fields), " reference=r attempt=3 truncated=true");
}

// What counts is the length after escaping: 10,000 control characters are 60,000 bytes of line.
TEST(FormatLine, StaysBelowTheLimitOfTheJournal) {
  const std::string controls(10'000, '\x01');
  EXPECT_LT(line(LogFormat::json, {{"k", controls}}).size(), 1000U);
}

TEST(Level, HasAWordAndAPriority) {
  struct Case {
    Level level;
    std::string_view word;
    std::string_view prefix;
  };
  const std::vector<Case> cases = {{Level::trace, "trace", "<7>"},
                                   {Level::debug, "debug", "<7>"},
                                   {Level::info, "info", "<6>"},
                                   {Level::warning, "warning", "<4>"},
                                   {Level::error, "error", "<3>"},
                                   {Level::critical, "critical", "<2>"}};
  for (const auto& [level, word, prefix] : cases) {
    EXPECT_EQ(to_string(level), word);
    EXPECT_EQ(priority_prefix(level), prefix);
  }
}

}  // namespace
}  // namespace rfi::platform
