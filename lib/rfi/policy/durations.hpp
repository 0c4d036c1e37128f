// Many durations in little memory: how long most of them took, and how long the slowest.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace rfi::policy {

/// Counts durations in buckets that are an eighth of their lower end wide, exact below 16 ms: what
/// it says is at most 12.5 % above what was. Longer than about 37 h counts as that.
class Durations {
 public:
  void add(std::chrono::milliseconds duration);

  /// The duration that the given share (0 to 1) of all did not exceed; nothing without any.
  [[nodiscard]] std::optional<std::chrono::milliseconds> quantile(double share) const;
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  static constexpr std::size_t kBuckets = 208;

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
};

}  // namespace rfi::policy
