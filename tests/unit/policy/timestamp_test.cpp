#include "rfi/policy/timestamp.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace rfi::policy {
namespace {

constexpr UtcTime kNow = utc_from_unix_ms(1'767'225'600'000);  // 2026-01-01

struct Row {
  std::string_view text;
  std::optional<std::int64_t> unix_ms;
};

TEST(ApiTime, ReadsTheDocumentedFormAndItsRelatives) {
  const std::vector<Row> rows = {
      {"2025-09-03 08:50:57+00", 1'756'889'457'000},
      {"2025-09-03T08:50:57+00", 1'756'889'457'000},
      {"2025-09-03t08:50:57z", 1'756'889'457'000},
      {"2025-09-03T08:50:57Z", 1'756'889'457'000},
      {"2025-09-03 08:50:57+00:00", 1'756'889'457'000},
      {"2025-09-03 08:50:57+0000", 1'756'889'457'000},
      {"2025-09-03 08:50:57-00", 1'756'889'457'000},
      {"2025-09-03 10:50:57+02", 1'756'889'457'000},
      {"2025-09-03 14:20:57+05:30", 1'756'889'457'000},
      {"2025-09-03 03:50:57-0500", 1'756'889'457'000},
      {"2025-09-03 08:50:57.5+00", 1'756'889'457'500},
      {"2025-09-03 08:50:57.123456789+00", 1'756'889'457'123},
      {"2025-09-03 08:50:57.000000Z", 1'756'889'457'000},
      {"1970-01-01 00:00:00Z", 0},
      {"1969-12-31 23:59:59Z", -1000},
      {"2024-02-29 00:00:00Z", 1'709'164'800'000},
      {"2016-12-31 23:59:60Z", 1'483'228'800'000},
      {"9999-12-31 23:59:59Z", 253'402'300'799'000},
  };
  for (const Row& row : rows) {
    const auto time = parse_api_time(row.text);
    ASSERT_TRUE(time.has_value()) << row.text;
    EXPECT_EQ(unix_ms(*time), *row.unix_ms) << row.text;
  }
}

TEST(ApiTime, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      " ",
                                      "1756889457",
                                      "2025-09-03",
                                      "2025-09-03 08:50:57",
                                      "2025-09-03 08:50+00",
                                      "2025-09-03 08:50:57 +00",
                                      "2025-09-03  08:50:57+00",
                                      " 2025-09-03 08:50:57+00",
                                      "2025-09-03 08:50:57+00 ",
                                      "2025-09-03 08:50:57+00\n",
                                      "2025-09-03 08:50:57+0",
                                      "2025-09-03 08:50:57+00:",
                                      "2025-09-03 08:50:57+00:0",
                                      "2025-09-03 08:50:57+000",
                                      "2025-09-03 08:50:57+24",
                                      "2025-09-03 08:50:57+00:60",
                                      "2025-09-03 08:50:57.+00",
                                      "2025-09-03 08:50:57,5+00",
                                      "2025-09-03 24:00:00Z",
                                      "2025-09-03 08:60:00Z",
                                      "2025-09-03 08:50:61Z",
                                      "2025-02-29 00:00:00Z",
                                      "2025-02-30 00:00:00Z",
                                      "2025-04-31 00:00:00Z",
                                      "2025-13-01 00:00:00Z",
                                      "2025-00-01 00:00:00Z",
                                      "2025-01-00 00:00:00Z",
                                      "25-09-03 08:50:57Z",
                                      "+025-09-03 08:50:57Z",
                                      "2025/09/03 08:50:57Z",
                                      "2025-9-3 08:50:57Z"}) {
    EXPECT_FALSE(parse_api_time(text).has_value()) << '"' << text << '"';
  }
}

TEST(HttpDate, ReadsItsThreeForms) {
  const std::vector<Row> rows = {
      {"Sun, 06 Nov 1994 08:49:37 GMT", 784'111'777'000},
      {"Sunday, 06-Nov-94 08:49:37 GMT", 784'111'777'000},
      {"Sun Nov  6 08:49:37 1994", 784'111'777'000},
      {"Wed Nov 16 08:49:37 1994", 784'975'777'000},
      {"Thu, 29 Feb 2024 00:00:00 GMT", 1'709'164'800'000},
      {"Thursday, 01-Jan-70 00:00:00 GMT", 3'155'760'000'000 - 3'155'760'000'000},
  };
  for (const Row& row : rows) {
    // In 2026 the year 70 is 2070 by the rule of fifty years, unless today is in 1970.
    const UtcTime now = row.unix_ms == 0 ? utc_from_unix_ms(0) : kNow;
    const auto time = parse_http_date(row.text, now);
    ASSERT_TRUE(time.has_value()) << row.text;
    EXPECT_EQ(unix_ms(*time), *row.unix_ms) << row.text;
  }
}

TEST(HttpDate, PutsATwoDigitYearNoFurtherThanFiftyYearsAhead) {
  struct YearRow {
    std::string_view text;
    int year;
  };
  for (const YearRow& row : {YearRow{"Sunday, 01-Mar-26 00:00:00 GMT", 2026},
                             YearRow{"Sunday, 01-Mar-00 00:00:00 GMT", 2000},
                             YearRow{"Sunday, 01-Mar-76 00:00:00 GMT", 2076},
                             YearRow{"Sunday, 01-Mar-77 00:00:00 GMT", 1977},
                             YearRow{"Sunday, 01-Mar-99 00:00:00 GMT", 1999}}) {
    const auto time = parse_http_date(row.text, kNow);
    ASSERT_TRUE(time.has_value()) << row.text;
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(*time)};
    EXPECT_EQ(int{date.year()}, row.year) << row.text;
  }
}

TEST(HttpDate, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      "Sun, 06 Nov 1994 08:49:37",
                                      "Sun, 06 Nov 1994 08:49:37 UTC",
                                      "Sun, 06 Nov 1994 08:49:37 GMT ",
                                      " Sun, 06 Nov 1994 08:49:37 GMT",
                                      "Sun, 6 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 94 08:49:37 GMT",
                                      "Sun, 06-Nov-1994 08:49:37 GMT",
                                      "Son, 06 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Okt 1994 08:49:37 GMT",
                                      "Sun, 32 Nov 1994 08:49:37 GMT",
                                      "Sun, 31 Nov 1994 08:49:37 GMT",
                                      "Sun, 00 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 25:49:37 GMT",
                                      "Sunday, 06-Nov-94 08:61:37 GMT",
                                      "Sunday, 31-Feb-94 08:49:37 GMT",
                                      "Sun Nov 6 08:49:37 1994",
                                      "Sun Nov 06 08:49:37 94",
                                      "Sun Feb 30 08:49:37 1994"}) {
    EXPECT_FALSE(parse_http_date(text, kNow).has_value()) << '"' << text << '"';
  }
}

}  // namespace
}  // namespace rfi::policy
