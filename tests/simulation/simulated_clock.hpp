// The machine's clocks in the simulation: the monotonic one is virtual, the wall clock may be set.
#pragma once

#include "simulation/virtual_timer.hpp"

#include "rfi/platform/clock.hpp"

#include <chrono>
#include <deque>

namespace rfi::simulation {

class SimulatedClock final : public platform::Clock {
 public:
  explicit SimulatedClock(const VirtualTime& time) : time_(time) {}

  [[nodiscard]] platform::UtcTime utc_now() const override { return wall(offset_); }
  [[nodiscard]] SteadyTime steady_now() const override { return time_.now(); }

  /// Somebody sets the clock.
  void jump(std::chrono::milliseconds by) {
    before_.push_back({offset_, time_.now()});
    offset_ += by;
  }

  /// For a while after the clock was set nobody can say which time is right: the earliest and the
  /// latest that may be meant. The same when it has not been set of late.
  [[nodiscard]] platform::UtcTime earliest() const;
  [[nodiscard]] platform::UtcTime latest() const;

 private:
  struct Before {
    std::chrono::milliseconds offset{0};
    SteadyTime until;
  };

  [[nodiscard]] platform::UtcTime wall(std::chrono::milliseconds offset) const {
    constexpr std::chrono::hours kEpoch{24 * 365 * 56};
    return platform::UtcTime{
        kEpoch + offset +
        std::chrono::duration_cast<std::chrono::milliseconds>(time_.now().time_since_epoch())};
  }

  const VirtualTime& time_;
  std::chrono::milliseconds offset_{0};
  std::deque<Before> before_;
};

}  // namespace rfi::simulation
