#include "rfi/queue/unfit_periods.hpp"

#include <algorithm>

namespace rfi::queue {

bool UnfitPeriods::unfit_now() const {
  return std::ranges::any_of(periods_, [](const Period& period) { return !period.ended_at; });
}

bool UnfitPeriods::contains(policy::UtcTime time) const {
  return std::ranges::any_of(periods_, [time](const Period& period) {
    return time >= period.started_at && (!period.ended_at || time < *period.ended_at);
  });
}

policy::UtcTime UnfitPeriods::moved_on(policy::UtcTime since, policy::UtcTime now) const {
  std::chrono::milliseconds unfit{0};
  // All of them: where the clock was set back, one that began early may end late, and may overlap
  // those of the time that came twice.
  policy::UtcTime counted_until = since;
  for (const auto& [started_at, ended_at] : periods_) {
    const auto begin = std::max(started_at, counted_until);
    const auto end = std::min(ended_at.value_or(now), now);
    if (end > begin) {
      unfit += end - begin;
      counted_until = end;
    }
  }
  return since + unfit;
}

}  // namespace rfi::queue
