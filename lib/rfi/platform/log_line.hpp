// One event as one line of text. Pure: the same input gives the same bytes.
#pragma once

#include "rfi/platform/clock.hpp"
#include "rfi/platform/field.hpp"
#include "rfi/platform/level.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rfi::platform {

/// journald cuts lines at 48 KiB and takes the rest for a new one; ours end before.
inline constexpr std::size_t kMaxLineBytes = 40'000;

struct LineHead {
  UtcTime time{};
  Level level = Level::info;
  std::string_view event;
};

/// The word that stands in a line and in `log.level`.
[[nodiscard]] std::string_view to_string(Level level);

/// systemd's prefix for a level: `<2>` critical to `<7>` debug.
[[nodiscard]] std::string_view priority_prefix(Level level);

/// The line without line feed. JSON: `{"ts":…,"level":…,"event":…,…}`; text: `ts level event
/// key=value …`. Fields whose value is nothing are left out; NaN and infinity are null.
[[nodiscard]] std::string format_line(LogFormat format,
                                      const LineHead& head,
                                      std::span<const Field> fields);

}  // namespace rfi::platform
