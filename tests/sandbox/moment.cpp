#include "sandbox/moment.hpp"

#include <array>
#include <cstdio>

namespace rfi::sandbox {
namespace {

std::string print(Moment moment, char separator) {
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(moment - day)};
  std::array<char, 40> text{};
  const int size = std::snprintf(text.data(),
                                 text.size(),
                                 "%04d-%02u-%02u%c%02d:%02d:%02d",
                                 static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()),
                                 separator,
                                 static_cast<int>(time.hours().count()),
                                 static_cast<int>(time.minutes().count()),
                                 static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

Moment now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string token_time(Moment moment) {
  return print(moment, ' ') + "+00";
}

std::string iso_time(Moment moment) {
  const std::string milliseconds = std::to_string(unix_ms(moment) % 1000 + 1000);
  return print(moment, 'T') + "." + milliseconds.substr(1) + "Z";
}

}  // namespace rfi::sandbox
