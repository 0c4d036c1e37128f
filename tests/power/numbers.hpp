// Sizes of a test that may be set from outside.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace rfi::power {

/// The number in an environment variable, or `otherwise` when it is not set.
inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace rfi::power
