// The two tokens of JSON that take some care, strings and numbers, over text that is not trusted
// yet.
#pragma once

#include <string>
#include <string_view>

namespace rfi::allowlist {

/// How far a token reaches, or where and why it is none.
struct Token {
  const char* end = nullptr;  ///< just behind the token; with a fault, the byte that is wrong
  std::string_view fault;     ///< empty: the token is good
  bool escaped = false;       ///< a string with at least one backslash
};

/// Reads a string from the byte behind its opening quote. Strict: valid UTF-8, no raw control
/// character, no lone surrogate.
[[nodiscard]] Token scan_string(const char* at, const char* end);

/// Reads a number. A literal that would become infinite as a double, or zero although it is not, is
/// a fault: no receiver could carry it. Every other one is carried as its text.
[[nodiscard]] Token scan_number(const char* at, const char* end);

/// What a string that passed scan_string says; `inside` is the text between its quotes.
[[nodiscard]] std::string decode_string(std::string_view inside);

}  // namespace rfi::allowlist
