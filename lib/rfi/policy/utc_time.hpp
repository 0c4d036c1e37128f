// The one clock type of the decisions: UTC with millisecond resolution, as the queue stores it.
#pragma once

#include <chrono>
#include <cstdint>

namespace rfi::policy {

/// A point in time as the queue stores it: Unix milliseconds, UTC.
using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;

[[nodiscard]] constexpr UtcTime utc_from_unix_ms(std::int64_t unix_ms) {
  return UtcTime{std::chrono::milliseconds{unix_ms}};
}

[[nodiscard]] constexpr std::int64_t unix_ms(UtcTime time) {
  return time.time_since_epoch().count();
}

}  // namespace rfi::policy
