#include "rfi/platform/escape.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace rfi::platform {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  append_escaped(result, text);
  return result;
}

constexpr std::string_view kBad = "\xEF\xBF\xBD";

struct Case {
  std::string_view name;
  std::string_view text;
  std::string expected;
};

TEST(AppendEscaped, LetsPlainTextThrough) {
  for (const std::string_view text : {"", "plain", "tel: +49 (0) 30/1", "Größe €", "日本", "😀"}) {
    EXPECT_EQ(escaped(text), text);
  }
}

TEST(AppendEscaped, EscapesWhatCouldEndAValueOrALine) {
  const std::vector<Case> cases = {
      {"quote", "a\"b", R"(a\"b)"},
      {"backslash", R"(a\b)", R"(a\\b)"},
      {"line feed", "a\nb", R"(a\nb)"},
      {"carriage return", "a\rb", R"(a\rb)"},
      {"tab", "a\tb", R"(a\tb)"},
      {"NUL", {"a\0b", 3}, R"(a\u0000b)"},
      {"escape", "\x1B[31m", R"(\u001b[31m)"},
      {"last of C0", "\x1F", R"(\u001f)"},
      {"delete", "\x7F", R"(\u007f)"},
      {"first of C1", "\xC2\x80", R"(\u0080)"},
      {"next line", "\xC2\x85", R"(\u0085)"},
      {"C1 control sequence introducer", "\xC2\x9B", R"(\u009b)"},
      {"last of C1", "\xC2\x9F", R"(\u009f)"},
      {"first after C1", "\xC2\xA0", "\xC2\xA0"},
      {"line separator", "\xE2\x80\xA8", R"(\u2028)"},
      {"paragraph separator", "\xE2\x80\xA9", R"(\u2029)"},
      {"right-to-left override", "\xE2\x80\xAE", R"(\u202e)"},
      {"isolate", "\xE2\x81\xA6", R"(\u2066)"},
      {"Arabic letter mark", "\xD8\x9C", R"(\u061c)"},
  };
  for (const auto& [name, text, expected] : cases) {
    EXPECT_EQ(escaped(text), expected) << name;
  }
}

TEST(AppendEscaped, ReplacesWhatIsNotUtf8) {
  const std::string bad(kBad);
  const std::vector<Case> cases = {
      {"lone continuation", "a\x80z", "a" + bad + "z"},
      {"lone C1 byte", "\x9B", bad},
      {"never used", "\xFF\xFE", bad + bad},
      {"overlong line feed", "\xC0\x8A", bad + bad},
      {"overlong in three bytes", "\xE0\x80\x8A", bad + bad + bad},
      {"surrogate", "\xED\xA0\x80", bad + bad + bad},
      {"above the last code point", "\xF4\x90\x80\x80", bad + bad + bad + bad},
      {"cut at the end", "a\xE2\x82", "a" + bad},
      {"cut by a line feed", "\xE2\x82\n", bad + "\\n"},
      {"cut by a quote", "\xF0\x9F\"", bad + "\\\""},
      {"last code point is fine", "\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
  };
  for (const auto& [name, text, expected] : cases) {
    EXPECT_EQ(escaped(text), expected) << name;
  }
}

// Whatever two bytes come together, the result has no byte that could end a line, a value or act on
// a terminal.
TEST(AppendEscaped, LeavesNoControlByteForAnyPairOfBytes) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      const std::string result = escaped(text);
      for (std::size_t i = 0; i < result.size(); ++i) {
        const auto byte = static_cast<unsigned char>(result[i]);
        ASSERT_FALSE(byte < 0x20 || byte == 0x7F) << first << ' ' << second;
        const bool c1 = byte == 0xC2 && i + 1 < result.size() &&
                        static_cast<unsigned char>(result[i + 1]) < 0xA0;
        ASSERT_FALSE(c1) << first << ' ' << second;
      }
    }
  }
}

}  // namespace
}  // namespace rfi::platform
