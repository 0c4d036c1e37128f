#include "rfi/queue/unfit_periods.hpp"

#include <algorithm>
#include <ranges>

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
  // The latest come last and rows are young: the walk ends early.
  for (const auto& [started_at, ended_at] : std::views::reverse(periods_)) {
    const auto end = std::min(ended_at.value_or(now), now);
    if (end <= since) {
      break;
    }
    unfit += std::max(end - std::max(started_at, since), std::chrono::milliseconds{0});
  }
  return since + unfit;
}

}  // namespace rfi::queue
