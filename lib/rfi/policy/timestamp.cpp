#include "rfi/policy/timestamp.hpp"

#include <array>
#include <chrono>
#include <cstddef>

namespace rfi::policy {
namespace {

using namespace std::chrono;

/// Reads a fixed grammar from left to right; every function says whether it matched and moves on if
/// so.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  bool literal(std::string_view expected) {
    if (!rest_.starts_with(expected)) {
      return false;
    }
    rest_.remove_prefix(expected.size());
    return true;
  }

  bool any_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  bool digits(std::size_t count, int& value) {
    if (rest_.size() < count) {
      return false;
    }
    int read = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') {
        return false;
      }
      read = read * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    value = read;
    return true;
  }

  /// Any number of digits after a decimal point; what is finer than a millisecond is cut off.
  bool fraction(int& thousandths) {
    std::size_t seen = 0;
    int value = 0;
    int digit = 0;
    while (digits(1, digit)) {
      if (seen < 3) {
        value = value * 10 + digit;
      }
      ++seen;
    }
    for (std::size_t i = seen; i < 3; ++i) {
      value *= 10;
    }
    thousandths = value;
    return seen > 0;
  }

  template <std::size_t Count>
  bool one_of(const std::array<std::string_view, Count>& words, int& index) {
    for (std::size_t i = 0; i < Count; ++i) {
      if (literal(words[i])) {
        index = static_cast<int>(i);
        return true;
      }
    }
    return false;
  }

 private:
  std::string_view rest_;
};

struct Civil {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int thousandths = 0;
};

std::optional<UtcTime> to_utc(const Civil& civil) {
  const year_month_day date{year{civil.year},
                            month{static_cast<unsigned>(civil.month)},
                            day{static_cast<unsigned>(civil.day)}};
  // A leap second (60) is a valid reading; it becomes the first moment of the next minute.
  if (!date.ok() || civil.hour > 23 || civil.minute > 59 || civil.second > 60) {
    return std::nullopt;
  }
  return sys_days{date} + hours{civil.hour} + minutes{civil.minute} + seconds{civil.second} +
         milliseconds{civil.thousandths};
}

bool read_clock(Reader& reader, Civil& civil) {
  return reader.digits(2, civil.hour) && reader.literal(":") && reader.digits(2, civil.minute) &&
         reader.literal(":") && reader.digits(2, civil.second);
}

bool read_offset(Reader& reader, minutes& offset) {
  if (reader.any_of("Zz")) {
    return true;
  }
  const bool negative = reader.literal("-");
  if (!negative && !reader.literal("+")) {
    return false;
  }
  int hour = 0;
  int minute = 0;
  if (!reader.digits(2, hour)) {
    return false;
  }
  if (!reader.at_end()) {
    (void)reader.literal(":");
    if (!reader.digits(2, minute)) {
      return false;
    }
  }
  if (hour > 23 || minute > 59) {
    return false;
  }
  offset = hours{hour} + minutes{minute};
  if (negative) {
    offset = -offset;
  }
  return true;
}

constexpr std::array<std::string_view, 12> kMonths{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays{
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<UtcTime> parse_imf_fixdate(std::string_view text) {
  Reader reader{text};
  Civil civil;
  int weekday = 0;
  int month_index = 0;
  const bool matched = reader.one_of(kDays, weekday) && reader.literal(", ") &&
                       reader.digits(2, civil.day) && reader.literal(" ") &&
                       reader.one_of(kMonths, month_index) && reader.literal(" ") &&
                       reader.digits(4, civil.year) && reader.literal(" ") &&
                       read_clock(reader, civil) && reader.literal(" GMT") && reader.at_end();
  civil.month = month_index + 1;
  return matched ? to_utc(civil) : std::nullopt;
}

/// "Sunday, 06-Nov-94 08:49:37 GMT"
std::optional<UtcTime> parse_rfc850(std::string_view text, UtcTime now) {
  Reader reader{text};
  Civil civil;
  int weekday = 0;
  int month_index = 0;
  int short_year = 0;
  const bool matched = reader.one_of(kLongDays, weekday) && reader.literal(", ") &&
                       reader.digits(2, civil.day) && reader.literal("-") &&
                       reader.one_of(kMonths, month_index) && reader.literal("-") &&
                       reader.digits(2, short_year) && reader.literal(" ") &&
                       read_clock(reader, civil) && reader.literal(" GMT") && reader.at_end();
  if (!matched) {
    return std::nullopt;
  }
  const int this_year = static_cast<int>(year_month_day{floor<days>(now)}.year());
  civil.month = month_index + 1;
  civil.year = this_year - this_year % 100 + short_year;
  if (civil.year > this_year + 50) {
    civil.year -= 100;
  }
  return to_utc(civil);
}

/// "Sun Nov  6 08:49:37 1994"
std::optional<UtcTime> parse_asctime(std::string_view text) {
  Reader reader{text};
  Civil civil;
  int weekday = 0;
  int month_index = 0;
  const bool head = reader.one_of(kDays, weekday) && reader.literal(" ") &&
                    reader.one_of(kMonths, month_index) && reader.literal(" ");
  const bool day_read =
      head && (reader.literal(" ") ? reader.digits(1, civil.day) : reader.digits(2, civil.day));
  const bool matched = day_read && reader.literal(" ") && read_clock(reader, civil) &&
                       reader.literal(" ") && reader.digits(4, civil.year) && reader.at_end();
  civil.month = month_index + 1;
  return matched ? to_utc(civil) : std::nullopt;
}

}  // namespace

std::optional<UtcTime> parse_api_time(std::string_view text) {
  Reader reader{text};
  Civil civil;
  const bool date = reader.digits(4, civil.year) && reader.literal("-") &&
                    reader.digits(2, civil.month) && reader.literal("-") &&
                    reader.digits(2, civil.day) && reader.any_of(" Tt") &&
                    read_clock(reader, civil);
  if (!date || (reader.literal(".") && !reader.fraction(civil.thousandths))) {
    return std::nullopt;
  }
  minutes offset{0};
  if (!read_offset(reader, offset) || !reader.at_end()) {
    return std::nullopt;
  }
  auto time = to_utc(civil);
  if (time) {
    *time -= offset;
  }
  return time;
}

std::optional<UtcTime> parse_http_date(std::string_view text, UtcTime now) {
  if (auto time = parse_imf_fixdate(text)) {
    return time;
  }
  if (auto time = parse_rfc850(text, now)) {
    return time;
  }
  return parse_asctime(text);
}

}  // namespace rfi::policy
