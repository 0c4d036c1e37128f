#include "rfi/policy/retry_after.hpp"

#include "rfi/policy/timestamp.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::policy {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Sun, 06 Nov 1994 08:49:37 GMT
constexpr UtcTime kNow = utc_from_unix_ms(784'111'777'000);

std::optional<RetryAfter> pause(milliseconds delay) {
  return RetryAfter{delay, false};
}
constexpr std::optional<RetryAfter> kCapped = RetryAfter{hours{24}, true};

struct Row {
  std::string_view value;
  std::string_view date;
  std::optional<RetryAfter> expected;
};

TEST(RetryAfterHeader, ReadsBothFormsAndNothingElse) {
  const std::vector<Row> rows = {
      {"0", "", pause(seconds{0})},
      {"120", "", pause(seconds{120})},
      {"  7\t", "", pause(seconds{7})},
      {"007", "", pause(seconds{7})},
      {"86400", "", pause(hours{24})},
      {"86401", "", kCapped},
      {"99999999999999999999999999999999", "", kCapped},
      {"Sun, 06 Nov 1994 08:51:37 GMT", "", pause(seconds{120})},
      {"Sunday, 06-Nov-94 08:51:37 GMT", "", pause(seconds{120})},
      {"Sun Nov  6 08:51:37 1994", "", pause(seconds{120})},
      {"Sun, 06 Nov 1994 08:00:00 GMT", "", pause(seconds{0})},
      {"Mon, 07 Nov 1994 08:49:37 GMT", "", pause(hours{24})},
      {"Mon, 07 Nov 1994 08:49:38 GMT", "", kCapped},
      {"Fri, 31 Dec 9999 23:59:59 GMT", "", kCapped},
      {"", "", std::nullopt},
      {"   ", "", std::nullopt},
      {"soon", "", std::nullopt},
      {"-5", "", std::nullopt},
      {"+5", "", std::nullopt},
      {"1.5", "", std::nullopt},
      {"5s", "", std::nullopt},
      {"5, 10", "", std::nullopt},
      {"0x10", "", std::nullopt},
      {"Sun, 31 Feb 1994 08:51:37 GMT", "", std::nullopt},
      {"1994-11-06T08:51:37Z", "", std::nullopt},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(parse_retry_after(row.value, row.date, kNow), row.expected)
        << '"' << row.value << '"';
  }
}

TEST(RetryAfterHeader, CountsADateFromTheAnswersOwnClock) {
  // The server's clock is a year ahead of ours: its own Date says that it means two minutes.
  EXPECT_EQ(
      parse_retry_after("Mon, 06 Nov 1995 08:51:37 GMT", "Mon, 06 Nov 1995 08:49:37 GMT", kNow),
      pause(seconds{120}));
  // Ours is a year ahead: the date is not in the past.
  EXPECT_EQ(
      parse_retry_after("Sat, 06 Nov 1993 08:51:37 GMT", " Sat, 06 Nov 1993 08:49:37 GMT ", kNow),
      pause(seconds{120}));
}

TEST(RetryAfterHeader, FallsBackToOurClockWithoutAReadableDate) {
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:51:37 GMT", "yesterday", kNow),
            pause(seconds{120}));
}

TEST(RetryAfterHeader, LeavesSecondsAloneWhateverTheDate) {
  EXPECT_EQ(parse_retry_after("30", "Mon, 06 Nov 1995 08:49:37 GMT", kNow), pause(seconds{30}));
}

}  // namespace
}  // namespace rfi::policy
