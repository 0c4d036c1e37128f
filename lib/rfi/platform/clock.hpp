// Time as the shell reads it. Decisions take times as arguments; only the shell owns a Clock.
#pragma once

#include <chrono>
#include <string>

namespace rfi::platform {

/// Wall time as the queue and the log write it: UTC, milliseconds since the Unix epoch.
using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// RFC 3339 in UTC with milliseconds: `2026-03-01T12:00:00.250Z`. Years outside 0 to 9999 are shown
/// as the nearest of the two.
[[nodiscard]] std::string rfc3339(UtcTime time);

/// Source of both times. Implementations are safe to call from any thread.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  Clock(Clock&&) = delete;
  Clock& operator=(Clock&&) = delete;
  virtual ~Clock() = default;

  /// Wall time; may jump when the machine's clock is set.
  [[nodiscard]] virtual UtcTime utc_now() const = 0;

  /// Time that only moves forward; for durations.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() const = 0;
};

/// The machine's own clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] UtcTime utc_now() const override;
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override;
};

}  // namespace rfi::platform
