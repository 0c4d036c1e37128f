#include "rfi/policy/reference.hpp"

#include <cstddef>

namespace rfi::policy {
namespace {

constexpr std::size_t kLongest = 200;

// C0, DEL, and C1 as UTF-8 writes it: C2 80 to C2 9F.
bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) {
      return true;
    }
    if (byte == 0xC2 && i + 1 < text.size()) {
      const auto next = static_cast<unsigned char>(text[i + 1]);
      if (next >= 0x80 && next <= 0x9F) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

std::optional<std::string_view> reference_fault(std::string_view reference) {
  if (reference.empty() || reference.size() > kLongest) {
    return "must have 1 to 200 bytes";
  }
  if (has_control_character(reference)) {
    return "must not hold control characters (U+0000 to U+001F, U+007F to U+009F)";
  }
  return std::nullopt;
}

}  // namespace rfi::policy
