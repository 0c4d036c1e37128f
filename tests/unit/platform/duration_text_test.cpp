#include "rfi/platform/duration_text.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>
#include <vector>

namespace rfi::platform {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, ReadsANumberAndAUnit) {
  struct Case {
    std::string_view text;
    std::chrono::milliseconds duration;
  };
  const std::vector<Case> cases = {{"500ms", 500ms},
                                   {"30s", 30s},
                                   {"15m", 15min},
                                   {"72h", 72h},
                                   {"30d", 720h},
                                   {"0s", 0ms},
                                   {"007s", 7s},
                                   {"9223372036854775807ms", 9223372036854775807ms}};
  for (const auto& [text, duration] : cases) {
    EXPECT_EQ(parse_duration(text), duration) << text;
  }
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      "30",
                                      "s",
                                      " 30s",
                                      "30s ",
                                      "30 s",
                                      "-3s",
                                      "+3s",
                                      "1.5h",
                                      "1h30m",
                                      "30S",
                                      "30sec",
                                      "0x1s",
                                      "3,5s",
                                      "3s\n",
                                      "9223372036854775808ms",
                                      "9223372036854775807s",
                                      "106751991168d",
                                      "1e3s",
                                      "never"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(DurationText, UsesTheLargestUnitThatFits) {
  EXPECT_EQ(duration_text(1500ms), "1500ms");
  EXPECT_EQ(duration_text(90s), "90s");
  EXPECT_EQ(duration_text(15min), "15m");
  EXPECT_EQ(duration_text(48h), "2d");
  EXPECT_EQ(duration_text(0ms), "0s");
}

}  // namespace
}  // namespace rfi::platform
