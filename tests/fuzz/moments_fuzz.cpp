// Points in time as HTTP and the API write them: what is read is in range and, written out again,
// reads the same. Pieces: Retry-After, Date.
#include "fuzz/fuzz_target.hpp"

#include "rfi/policy/retry_after.hpp"
#include "rfi/policy/timestamp.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <string>

namespace {

using rfi::fuzz::require;
using rfi::policy::UtcTime;

constexpr UtcTime kNow = rfi::policy::utc_from_unix_ms(1'767'225'600'000);  // 2026-01-01
constexpr std::chrono::hours kLongestPause{24};

struct Calendar {
  explicit Calendar(UtcTime time)
      : day(std::chrono::floor<std::chrono::days>(time)), date(day), clock(time - day) {}
  std::chrono::sys_days day;
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::milliseconds> clock;
};

std::string http_date(UtcTime time) {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Calendar at{time};
  std::array<char, 64> text{};
  (void)std::snprintf(text.data(),
                      text.size(),
                      "%s, %02u %s %04d %02d:%02d:%02d GMT",
                      kDays.at(std::chrono::weekday{at.day}.c_encoding()),
                      unsigned{at.date.day()},
                      kMonths.at(unsigned{at.date.month()} - 1),
                      int{at.date.year()},
                      static_cast<int>(at.clock.hours().count()),
                      static_cast<int>(at.clock.minutes().count()),
                      static_cast<int>(at.clock.seconds().count()));
  return text.data();
}

std::string api_time(UtcTime time) {
  const Calendar at{time};
  std::array<char, 64> text{};
  (void)std::snprintf(text.data(),
                      text.size(),
                      "%04d-%02u-%02u %02d:%02d:%02d.%03d+00",
                      int{at.date.year()},
                      unsigned{at.date.month()},
                      unsigned{at.date.day()},
                      static_cast<int>(at.clock.hours().count()),
                      static_cast<int>(at.clock.minutes().count()),
                      static_cast<int>(at.clock.seconds().count()),
                      static_cast<int>(at.clock.subseconds().count()));
  return text.data();
}

/// Four digits of a year can be written again.
bool is_writable(UtcTime time) {
  const int year{Calendar{time}.date.year()};
  return year >= 0 && year <= 9999;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto pieces = rfi::fuzz::pieces_of(rfi::fuzz::text_of(bytes, size), 2);
  if (const auto pause = rfi::policy::parse_retry_after(pieces[0], pieces[1], kNow)) {
    require(pause->delay.count() >= 0 && pause->delay <= kLongestPause,
            "a pause is between nothing and a day");
    require(!pause->capped || pause->delay == kLongestPause,
            "what was cut is as long as it may be");
  }
  for (const auto text : pieces) {
    if (const auto time = rfi::policy::parse_http_date(text, kNow); time && is_writable(*time)) {
      require(rfi::policy::parse_http_date(http_date(*time), kNow) == time,
              "an HTTP-date reads as it was written");
    }
    if (const auto time = rfi::policy::parse_api_time(text); time && is_writable(*time)) {
      require(rfi::policy::parse_api_time(api_time(*time)) == time,
              "a time of the API reads as it was written");
    }
  }
  return 0;
}
