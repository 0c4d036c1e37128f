#include "output/words.hpp"

#include "rfi/platform/clock.hpp"
#include "rfi/platform/escape.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace rfi::daemon {

std::string printable(std::string_view text) {
  std::string escaped;
  platform::append_escaped(escaped, text);
  return escaped;
}

std::string time_words(std::optional<policy::UtcTime> time) {
  return time ? platform::rfc3339(*time) : "-";
}

std::string duration_words(std::chrono::milliseconds duration) {
  // Unsigned, because the smallest number of milliseconds has no positive counterpart.
  const auto count = duration.count();
  const auto absolute = count < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(count)
                                  : static_cast<std::uint64_t>(count);
  if (absolute < 1000) {
    return fmt::format("{} ms", absolute);
  }
  constexpr std::array<std::pair<std::uint64_t, std::string_view>, 4> kUnits{
      {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}}};
  const auto seconds = absolute / 1000;
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    const auto [size, name] = kUnits.at(i);
    if (seconds < size) {
      continue;
    }
    auto words = fmt::format("{} {}", seconds / size, name);
    if (i + 1 < kUnits.size()) {
      const auto [next_size, next_name] = kUnits.at(i + 1);
      if (const auto rest = seconds % size / next_size; rest > 0) {
        words += fmt::format(" {} {}", rest, next_name);
      }
    }
    return words;
  }
  return "0 s";
}

}  // namespace rfi::daemon
