// How long what is finished is kept, and how gently the rest is taken away. Pure.
#pragma once

#include "rfi/policy/utc_time.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

namespace rfi::policy {

/// `[retention]`. Absent: for ever.
struct RetentionPeriods {
  std::optional<std::chrono::milliseconds> documents;  ///< then the documents are erased
  std::optional<std::chrono::milliseconds> rows;       ///< then the row and its attempts go
  bool operator==(const RetentionPeriods&) const = default;
};

/// What was finished at or before these times is over. Absent: nothing is.
struct RetentionCutoffs {
  std::optional<UtcTime> documents;
  std::optional<UtcTime> rows;
  bool operator==(const RetentionCutoffs&) const = default;
};

[[nodiscard]] RetentionCutoffs cutoffs(const RetentionPeriods& periods, UtcTime now);

/// When the oldest finished rows ended. Absent: there is none.
struct OldestFinished {
  std::optional<UtcTime> with_documents;
  std::optional<UtcTime> erased;
};

/// How long to wait until the next round. A row is taken at most a hundredth of its period after
/// its time (between a second and an hour), so rounds are rare and have something to do. Never
/// longer than an hour: the machine's clock may be set. Absent: nothing will ever be over.
[[nodiscard]] std::optional<std::chrono::milliseconds> next_round(const RetentionPeriods& periods,
                                                                  const OldestFinished& oldest,
                                                                  UtcTime now);

/// How many rows, or pages, one transaction takes, so that it holds the write lock for a few
/// milliseconds on this disk and with rows of this size. What a commit costs by itself (its syncs)
/// no step can be shorter than: on a slow disk a step takes twice that.
class StepSize {
 public:
  using Duration = std::chrono::steady_clock::duration;

  /// What a step is aimed at: well below what nobody else may notice (10 ms).
  static constexpr std::chrono::milliseconds kTarget{5};
  static constexpr std::size_t kMost = 512;

  [[nodiscard]] std::size_t next() const { return next_; }
  /// A step of `count` has held the lock for `held`.
  void learn(std::size_t count, Duration held);

 private:
  std::size_t next_ = 4;
  double commit_ = 0;  ///< seconds that a commit of next to nothing takes, as far as was seen
};

enum class Traffic {
  idle,  ///< nothing is open: the time is nobody's
  busy   ///< RFIs are being sent: retention takes a twenty-fifth of the time
};

/// How long the lock is left to others after a step that held it for `held`.
[[nodiscard]] std::chrono::steady_clock::duration pause_after_step(
    std::chrono::steady_clock::duration held, Traffic traffic);

}  // namespace rfi::policy
