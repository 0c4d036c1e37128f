// Durations as they are written in the configuration: a whole number and one unit.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace rfi::platform {

/// "500ms", "30s", "15m", "72h", "30d"; nothing for any other text or for more than fits.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The inverse, in the largest unit that divides it.
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

}  // namespace rfi::platform
