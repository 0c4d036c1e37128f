#include "rfi/platform/clock.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace rfi::platform {
namespace {

using std::chrono::milliseconds;

constexpr UtcTime kFirst = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
constexpr UtcTime kLast = UtcTime{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31}} +
                          std::chrono::days{1} - milliseconds{1};

void append_padded(std::string& text, std::int64_t number, std::size_t width) {
  text.append(width, '0');
  auto digit = text.rbegin();
  for (std::size_t place = 0; place < width; ++place, ++digit, number /= 10) {
    *digit = static_cast<char>('0' + number % 10);
  }
}

}  // namespace

std::string rfc3339(UtcTime time) {
  const UtcTime shown = std::clamp(time, kFirst, kLast);
  const auto day = std::chrono::floor<std::chrono::days>(shown);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{shown - day};
  std::string text;
  text.reserve(24);
  append_padded(text, int{date.year()}, 4);
  text += '-';
  append_padded(text, unsigned{date.month()}, 2);
  text += '-';
  append_padded(text, unsigned{date.day()}, 2);
  text += 'T';
  append_padded(text, clock.hours().count(), 2);
  text += ':';
  append_padded(text, clock.minutes().count(), 2);
  text += ':';
  append_padded(text, clock.seconds().count(), 2);
  text += '.';
  append_padded(text, clock.subseconds().count(), 3);
  text += 'Z';
  return text;
}

UtcTime SystemClock::utc_now() const {
  // Rounded down, so that a time read back from the queue is never ahead of the clock.
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::chrono::steady_clock::time_point SystemClock::steady_now() const {
  return std::chrono::steady_clock::now();
}

}  // namespace rfi::platform
