// How long a row waits before its next attempt.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace rfi::policy {

struct BackoffSettings {
  std::chrono::milliseconds initial_delay{1000};
  std::chrono::milliseconds max_delay{std::chrono::minutes{15}};
};

/// The wait after the `tries`-th try (from 1): U[1/2, 1] x min(max_delay, initial_delay x
/// 2^(tries-1)), where `unit_random` in [0, 1) picks the point ("equal jitter": exponential backoff
/// whose half is random). `at_least` (a Retry-After) is a floor under it, with the jitter added on
/// top, so that it is never undercut and the herd it was sent to does not form again.
[[nodiscard]] std::chrono::milliseconds backoff_delay(
    const BackoffSettings& settings,
    std::int64_t tries,
    std::optional<std::chrono::milliseconds> at_least,
    double unit_random);

}  // namespace rfi::policy
