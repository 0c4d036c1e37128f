// How long the lock of the queue is left to others between two commits. A process that waits for it
// only looks now and then (SQLite polls), so a daemon that commits without a break would starve it.
// Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace rfi::queue {

/// Each look of a waiting process meets a lock that is free of us four times out of five: of
/// SQLite's own looks after 0, 1, 3 and 8 ms all four would miss it once in 600 cases.
class Courtesy {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  /// Others are taken to write for so long after one of their commits.
  static constexpr std::chrono::seconds kLasts{1};
  /// A slow disk must not make the pauses as long as its syncs.
  static constexpr std::chrono::milliseconds kLongestPause{20};

  void others_committed(Time now) { others_committed_at_ = now; }

  /// For how long nothing should be written after a commit that held the lock for `held`.
  [[nodiscard]] Duration pause_after(Duration held, Time now) const {
    const bool alone = !others_committed_at_ || now - *others_committed_at_ >= kLasts;
    return alone ? Duration{0} : std::min<Duration>(4 * held, kLongestPause);
  }

 private:
  std::optional<Time> others_committed_at_;
};

}  // namespace rfi::queue
