#include "rfi/platform/escape.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace rfi::platform {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Decoded {
  char32_t code_point = 0;
  std::size_t bytes = 1;  ///< how many were consumed, also when not valid
  bool valid = false;
};

struct Lead {
  std::size_t bytes = 0;  ///< of the whole sequence; 0: cannot begin one
  char32_t bits = 0;
  std::uint8_t low =
      0x80;  ///< range of the second byte, which rules out overlong forms and surrogates
  std::uint8_t high = 0xBF;
};

Lead lead_of(std::uint8_t byte) {
  if (byte >= 0xC2 && byte <= 0xDF) {
    return {.bytes = 2, .bits = byte & 0x1FU};
  }
  if (byte >= 0xE0 && byte <= 0xEF) {
    const std::uint8_t low = byte == 0xE0 ? 0xA0 : 0x80;
    const std::uint8_t high = byte == 0xED ? 0x9F : 0xBF;
    return {.bytes = 3, .bits = byte & 0x0FU, .low = low, .high = high};
  }
  if (byte >= 0xF0 && byte <= 0xF4) {
    const std::uint8_t low = byte == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = byte == 0xF4 ? 0x8F : 0xBF;
    return {.bytes = 4, .bits = byte & 0x07U, .low = low, .high = high};
  }
  return {};
}

// `text` begins with a byte above 0x7F.
Decoded decode(std::string_view text) {
  Lead lead = lead_of(static_cast<std::uint8_t>(text.front()));
  if (lead.bytes == 0) {
    return {};
  }
  Decoded decoded{.code_point = lead.bits};
  while (decoded.bytes < lead.bytes && decoded.bytes < text.size()) {
    const auto byte = static_cast<std::uint8_t>(text[decoded.bytes]);
    if (byte < lead.low || byte > lead.high) {
      return decoded;
    }
    lead.low = 0x80;
    lead.high = 0xBF;
    decoded.code_point = (decoded.code_point << 6U) | (byte & 0x3FU);
    ++decoded.bytes;
  }
  decoded.valid = decoded.bytes == lead.bytes;
  return decoded;
}

bool reorders_or_breaks(char32_t code_point) {
  return code_point <= 0x9F ||                              // C1: terminals act on them
         code_point == 0x061C ||                            // Arabic letter mark
         (code_point >= 0x200E && code_point <= 0x200F) ||  // left-to-right and right-to-left mark
         (code_point >= 0x2028 && code_point <= 0x202E) ||  // separators, embeddings, overrides
         (code_point >= 0x2066 && code_point <= 0x2069);    // isolates
}

void append_code(std::string& target, char32_t code_point) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  target += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) {
    target += kDigits[(code_point >> shift) & 0x0FU];
  }
}

/// By byte: every line of the log goes through it, byte for byte.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < 0x7F; ++byte) {
    plain[byte] = byte != '"' && byte != '\\';
  }
  return plain;
}();

bool is_plain(char character) {
  return kPlain[static_cast<std::uint8_t>(character)];
}

void append_ascii(std::string& target, char character) {
  switch (character) {
    case '"':
      target += "\\\"";
      return;
    case '\\':
      target += "\\\\";
      return;
    case '\n':
      target += "\\n";
      return;
    case '\r':
      target += "\\r";
      return;
    case '\t':
      target += "\\t";
      return;
    default:
      append_code(target, static_cast<std::uint8_t>(character));
  }
}

}  // namespace

void append_escaped(std::string& target, std::string_view text) {
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) {
      ++plain;
    }
    target.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) {
      return;
    }
    if (static_cast<std::uint8_t>(text.front()) < 0x80) {
      append_ascii(target, text.front());
      text.remove_prefix(1);
      continue;
    }
    const Decoded decoded = decode(text);
    if (!decoded.valid) {
      target += kReplacement;
    } else if (reorders_or_breaks(decoded.code_point)) {
      append_code(target, decoded.code_point);
    } else {
      target.append(text.substr(0, decoded.bytes));
    }
    text.remove_prefix(decoded.bytes);
  }
}

}  // namespace rfi::platform
