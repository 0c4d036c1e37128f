// One request without an answer among many that were answered says nothing of the API: it is stuck
// by itself. Pure: times are handed in.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

namespace rfi::policy {

/// Remembers which requests were answered. One in eleven may be stuck at most: more is no accident.
class LaterAnswers {
 public:
  /// With so many answers to requests that left after it, a request is stuck alone; and so many
  /// answers are used up by it.
  static constexpr std::size_t kEnough = 10;
  /// Requests that are stuck come back in bunches, so answers are saved up.
  static constexpr std::size_t kMostSaved = 10 * kEnough;

  /// `left` is of a monotonic clock.
  void answered(std::chrono::milliseconds left) {
    const auto earliest = std::ranges::min_element(latest_);
    *earliest = std::max(*earliest, left);
    saved_ = std::min(saved_ + 1, kMostSaved);
  }

  /// Whether a request that left at `left` and was not answered is stuck by itself.
  [[nodiscard]] bool excuse(std::chrono::milliseconds left) {
    if (std::ranges::min(latest_) <= left || saved_ < kEnough) {
      return false;
    }
    saved_ -= kEnough;
    return true;
  }

 private:
  /// Of the answered requests those that left last.
  std::array<std::chrono::milliseconds, kEnough> latest_ = [] {
    std::array<std::chrono::milliseconds, kEnough> never{};
    never.fill(std::chrono::milliseconds::min());
    return never;
  }();
  std::size_t saved_ = 0;
};

}  // namespace rfi::policy
