#include "simulation/simulated_clock.hpp"

#include <algorithm>

namespace rfi::simulation {
namespace {

/// Longer than the daemon doubts a new time.
constexpr std::chrono::seconds kDoubtful{30};

}  // namespace

platform::UtcTime SimulatedClock::earliest() const {
  auto lowest = offset_;
  for (const Before& before : before_) {
    if (time_.now() - before.until < kDoubtful) {
      lowest = std::min(lowest, before.offset);
    }
  }
  return wall(lowest);
}

platform::UtcTime SimulatedClock::latest() const {
  auto highest = offset_;
  for (const Before& before : before_) {
    if (time_.now() - before.until < kDoubtful) {
      highest = std::max(highest, before.offset);
    }
  }
  return wall(highest);
}

}  // namespace rfi::simulation
