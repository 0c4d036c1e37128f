#include "rfi/allowlist/json_token.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

namespace rfi::allowlist {
namespace {

constexpr std::string_view kUnfinished = "a string is not closed";
constexpr std::string_view kUtf8 = "invalid UTF-8";
constexpr std::string_view kEscape = "an escape that JSON does not know";
constexpr std::string_view kSurrogate = "invalid UTF-8: half of a surrogate pair";
constexpr std::string_view kControl = "a control character inside a string; escape it";
constexpr std::string_view kNumber = "a number of the wrong form";
constexpr std::string_view kRange = "a number that cannot be carried exactly";

unsigned byte_at(const char* at) {
  return static_cast<unsigned char>(*at);
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// True if none of eight bytes ends the plain run of a string: quote, backslash, control character,
// non-ASCII.
bool eight_plain_bytes(const char* at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = kOnes * 0x80;
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  const std::uint64_t found = ((word - kOnes * 0x20) & ~word) | ((quote - kOnes) & ~quote) |
                              ((backslash - kOnes) & ~backslash) | word;
  return (found & kHighs) == 0;
}

// The length of the well-formed UTF-8 sequence at `at`, 0 if there is none (RFC 3629: no
// surrogates, no over-long forms, nothing above U+10FFFF).
std::size_t utf8_length(const char* at, const char* end) {
  const unsigned lead = byte_at(at);
  std::size_t length = 0;
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    low = lead == 0xE0 ? 0xA0 : 0x80;
    high = lead == 0xED ? 0x9F : 0xBF;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    low = lead == 0xF0 ? 0x90 : 0x80;
    high = lead == 0xF4 ? 0x8F : 0xBF;
  } else {
    return 0;
  }
  if (static_cast<std::size_t>(end - at) < length || byte_at(at + 1) < low ||
      byte_at(at + 1) > high) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (byte_at(at + i) < 0x80 || byte_at(at + i) > 0xBF) {
      return 0;
    }
  }
  return length;
}

// The value of four hexadecimal digits, or -1.
int hex4(const char* at, const char* end) {
  if (end - at < 4) {
    return -1;
  }
  unsigned value = 0;
  const auto read = std::from_chars(at, at + 4, value, 16);
  return read.ec == std::errc() && read.ptr == at + 4 ? static_cast<int>(value) : -1;
}

bool is_high_surrogate(int unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low_surrogate(int unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

// `at` is a backslash; the token ends behind its escape.
Token scan_escape(const char* at, const char* end) {
  if (end - at < 2) {
    return {.end = at, .fault = kUnfinished};
  }
  if (at[1] != 'u') {
    const bool known = std::string_view("\"\\/bfnrt").find(at[1]) != std::string_view::npos;
    return known ? Token{.end = at + 2, .fault = {}} : Token{.end = at, .fault = kEscape};
  }
  const int unit = hex4(at + 2, end);
  if (unit < 0) {
    return {.end = at, .fault = kEscape};
  }
  if (!is_high_surrogate(unit)) {
    return is_low_surrogate(unit) ? Token{.end = at, .fault = kSurrogate}
                                  : Token{.end = at + 6, .fault = {}};
  }
  const bool paired =
      end - at >= 12 && at[6] == '\\' && at[7] == 'u' && is_low_surrogate(hex4(at + 8, end));
  return paired ? Token{.end = at + 12, .fault = {}} : Token{.end = at, .fault = kSurrogate};
}

const char* skip_digits(const char* at, const char* end) {
  while (at != end && is_digit(*at)) {
    ++at;
  }
  return at;
}

// Receivers count an exponent in 32 bits, also that of a zero; the second check is one of them.
bool has_readable_exponent(std::string_view exponent) {
  const auto first = exponent.find_first_of("123456789");
  return first == std::string_view::npos || exponent.size() - first <= 9;
}

// `text` is a number by its form. Short ones without an exponent are always in range.
bool in_range(std::string_view text) {
  const auto e = text.find_first_of("eE");
  if (text.size() < 300 && e == std::string_view::npos) {
    return true;
  }
  if (e != std::string_view::npos && !has_readable_exponent(text.substr(e))) {
    return false;
  }
  const std::string_view mantissa = text.substr(0, e);
  if (mantissa.find_first_of("123456789") == std::string_view::npos) {
    return true;
  }
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc() && std::isfinite(value) && value != 0;
}

void append_utf8(std::string& text, unsigned code) {
  const auto put = [&text](unsigned byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6U));
    put(0x80 | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12U));
    put(0x80 | ((code >> 6U) & 0x3FU));
    put(0x80 | (code & 0x3FU));
  } else {
    put(0xF0 | (code >> 18U));
    put(0x80 | ((code >> 12U) & 0x3FU));
    put(0x80 | ((code >> 6U) & 0x3FU));
    put(0x80 | (code & 0x3FU));
  }
}

}  // namespace

Token scan_string(const char* at, const char* end) {
  bool escaped = false;
  while (at != end) {
    if (end - at >= 8 && eight_plain_bytes(at)) {
      at += 8;
      continue;
    }
    const unsigned byte = byte_at(at);
    if (byte == '"') {
      return {.end = at + 1, .fault = {}, .escaped = escaped};
    }
    if (byte == '\\') {
      const Token escape = scan_escape(at, end);
      if (!escape.fault.empty()) {
        return escape;
      }
      escaped = true;
      at = escape.end;
    } else if (byte < 0x20) {
      return {.end = at, .fault = kControl};
    } else if (byte < 0x80) {
      ++at;
    } else {
      const std::size_t length = utf8_length(at, end);
      if (length == 0) {
        return {.end = at, .fault = kUtf8};
      }
      at += length;
    }
  }
  return {.end = at, .fault = kUnfinished};
}

Token scan_number(const char* at, const char* end) {
  const char* const begin = at;
  if (at != end && *at == '-') {
    ++at;
  }
  const char* const whole = at;
  at = skip_digits(at, end);
  if (at == whole || (*whole == '0' && at - whole > 1)) {
    return {.end = whole, .fault = kNumber};
  }
  if (at != end && *at == '.') {
    const char* const fraction = ++at;
    at = skip_digits(at, end);
    if (at == fraction) {
      return {.end = at, .fault = kNumber};
    }
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) {
      ++at;
    }
    const char* const exponent = at;
    at = skip_digits(at, end);
    if (at == exponent) {
      return {.end = at, .fault = kNumber};
    }
  }
  if (!in_range({begin, static_cast<std::size_t>(at - begin)})) {
    return {.end = begin, .fault = kRange};
  }
  return {.end = at, .fault = {}};
}

std::string decode_string(std::string_view inside) {
  std::string text;
  text.reserve(inside.size());
  const char* at = inside.data();
  const char* const end = at + inside.size();
  while (at != end) {
    if (*at != '\\') {
      text += *at++;
      continue;
    }
    constexpr std::string_view kLetters = "bfnrt";
    constexpr std::string_view kMeanings = "\b\f\n\r\t";
    const std::size_t letter = kLetters.find(at[1]);
    if (letter != std::string_view::npos) {
      text += kMeanings[letter];
      at += 2;
    } else if (at[1] != 'u') {
      text += at[1];
      at += 2;
    } else {
      int code = hex4(at + 2, end);
      at += 6;
      if (is_high_surrogate(code)) {
        code = 0x10000 + ((code - 0xD800) * 0x400) + (hex4(at + 2, end) - 0xDC00);
        at += 6;
      }
      append_utf8(text, static_cast<unsigned>(code));
    }
  }
  return text;
}

}  // namespace rfi::allowlist
