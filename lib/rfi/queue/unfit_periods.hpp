// When the destination was unfit: the give-up age of a row stands still meanwhile. Pure.
#pragma once

#include "rfi/policy/utc_time.hpp"

#include <optional>
#include <vector>

namespace rfi::queue {

/// Periods in the order of their starts. One that still lasts is not the last if the clock was set
/// back since it began.
class UnfitPeriods {
 public:
  struct Period {
    policy::UtcTime started_at{};
    std::optional<policy::UtcTime> ended_at;  ///< absent while it lasts
    bool operator==(const Period&) const = default;
  };

  UnfitPeriods() = default;
  explicit UnfitPeriods(std::vector<Period> periods) : periods_(std::move(periods)) {}

  [[nodiscard]] bool unfit_now() const;
  [[nodiscard]] const std::vector<Period>& periods() const { return periods_; }

  /// Whether the destination was unfit at `time`.
  [[nodiscard]] bool contains(policy::UtcTime time) const;

  /// `since`, moved on by all the time between `since` and `now` in which the destination was
  /// unfit.
  [[nodiscard]] policy::UtcTime moved_on(policy::UtcTime since, policy::UtcTime now) const;

 private:
  std::vector<Period> periods_;
};

}  // namespace rfi::queue
