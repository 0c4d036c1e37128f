#include "rfi/platform/clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace rfi::platform {
namespace {

using std::chrono::milliseconds;

TEST(Rfc3339, WritesUtcWithMilliseconds) {
  struct Case {
    std::int64_t unix_ms;
    std::string_view text;
  };
  const std::vector<Case> cases = {
      {0, "1970-01-01T00:00:00.000Z"},
      {7, "1970-01-01T00:00:00.007Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {1'709'210'096'789, "2024-02-29T12:34:56.789Z"},
      {253'402'300'799'999, "9999-12-31T23:59:59.999Z"},
      {253'402'300'800'000, "9999-12-31T23:59:59.999Z"},
      {-62'167'219'200'001, "0000-01-01T00:00:00.000Z"},
      {std::numeric_limits<std::int64_t>::max(), "9999-12-31T23:59:59.999Z"},
      {std::numeric_limits<std::int64_t>::min(), "0000-01-01T00:00:00.000Z"},
  };
  for (const auto& [unix_ms, text] : cases) {
    EXPECT_EQ(rfc3339(UtcTime{milliseconds{unix_ms}}), text);
  }
}

TEST(SystemClock, AgreesWithTheMachine) {
  const SystemClock clock;
  const auto before = std::chrono::system_clock::now() - milliseconds{1};
  const UtcTime now = clock.utc_now();
  EXPECT_GE(now, before);
  EXPECT_LE(now, std::chrono::system_clock::now());
  const auto steady = clock.steady_now();
  EXPECT_LE(steady, clock.steady_now());
}

}  // namespace
}  // namespace rfi::platform
