// Wall time that does not jump with the machine's clock. Pure: both clocks are handed in.
#pragma once

#include "rfi/policy/utc_time.hpp"

#include <chrono>
#include <optional>

namespace rfi::policy {

/// Follows the wall clock as long as it moves with the monotonic one. When the two part by more
/// than five seconds the clock was set (or the machine slept), and nobody can say yet whether it
/// will stay so: the timeline goes on as before and is `disputed`. Once the new time has held for
/// ten seconds it is taken over, and how far it jumped is reported once; if the clock returns
/// before, nothing has happened.
class Timeline {
 public:
  struct Reading {
    UtcTime now{};
    bool disputed = false;
    /// When the dispute will be settled if the clock stays as it is; of the monotonic clock.
    std::chrono::milliseconds settles_at{0};
    std::chrono::milliseconds shift{0};  ///< taken over with this very reading; else zero
  };

  /// `monotonic` is the time since any fixed start.
  [[nodiscard]] Reading read(UtcTime wall, std::chrono::milliseconds monotonic);

 private:
  struct Dispute {
    std::chrono::milliseconds offset{0};  ///< wall minus monotonic, as claimed
    std::chrono::milliseconds since{0};
  };

  std::optional<std::chrono::milliseconds> offset_;  ///< wall minus monotonic, as believed
  std::optional<Dispute> dispute_;
};

}  // namespace rfi::policy
