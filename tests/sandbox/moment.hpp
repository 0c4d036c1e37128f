// The sandbox's clock and the two ways in which the API writes times.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace rfi::sandbox {

using Moment = std::chrono::sys_time<std::chrono::milliseconds>;

[[nodiscard]] Moment now();

[[nodiscard]] inline std::int64_t unix_ms(Moment moment) {
  return std::int64_t{moment.time_since_epoch().count()};
}

/// `2026-08-29 17:05:09+00`: tokens. Fractions are dropped.
[[nodiscard]] std::string token_time(Moment moment);

/// `2026-08-29T17:05:09.123Z`: customers.
[[nodiscard]] std::string iso_time(Moment moment);

}  // namespace rfi::sandbox
