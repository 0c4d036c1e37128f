#include "rfi/policy/concurrency.hpp"

#include <algorithm>
#include <cmath>

namespace rfi::policy {
namespace {

constexpr double kFirstWindow = 8.0;
constexpr double kAfterPressure = 0.5;
constexpr double kAfterDelay = 0.9;
constexpr double kWeight = 0.4;
constexpr double kDeviations = 2.5;
/// A mean over fewer answers says nothing.
constexpr double kFewestRoundTrips = 10.0;
/// Differences below this are the noise of a scheduler, not of an API.
constexpr double kNoiseInMilliseconds = 10.0;

}  // namespace

Concurrency::Concurrency(std::size_t maximum)
    : maximum_(static_cast<double>(std::max<std::size_t>(maximum, 1))),
      window_(std::min(kFirstWindow, maximum_)),
      slow_start_ends_(maximum_) {}

std::size_t Concurrency::window() const {
  return static_cast<std::size_t>(window_);
}

void Concurrency::ended(Load load,
                        std::chrono::milliseconds started,
                        std::chrono::milliseconds now,
                        std::chrono::milliseconds round_trip,
                        std::size_t in_flight) {
  if (load == Load::pressed) {
    press(started, now);
    return;
  }
  grow(in_flight);
  note_round_trip(static_cast<double>(round_trip.count()));
}

void Concurrency::grow(std::size_t in_flight) {
  if (in_flight < window()) {
    return;  // it was not used up: nothing is known about more
  }
  window_ += window_ < slow_start_ends_ ? 1.0 : 1.0 / window_;
  clamp();
}

void Concurrency::press(std::chrono::milliseconds started, std::chrono::milliseconds now) {
  if (started <= pressed_at_) {
    return;  // it was sent into the window that is halved already
  }
  window_ *= kAfterPressure;
  clamp();
  slow_start_ends_ = window_;
  pressed_at_ = now;
}

void Concurrency::note_round_trip(double round_trip) {
  sum_ += round_trip;
  count_ += 1.0;
  if (count_ < std::max(window_, kFewestRoundTrips)) {
    return;
  }
  const double mean = sum_ / count_;
  sum_ = 0.0;
  count_ = 0.0;
  if (!has_mean_) {
    mean_ = mean;
    has_mean_ = true;
    return;
  }
  const double excess = mean - mean_;
  if (excess > std::max(kDeviations * deviation_, kNoiseInMilliseconds)) {
    window_ *= kAfterDelay;
    clamp();
    slow_start_ends_ = window_;
  }
  deviation_ += kWeight * (std::abs(excess) - deviation_);
  mean_ += kWeight * excess;
}

void Concurrency::restart() {
  window_ = 1.0;
  slow_start_ends_ = maximum_;
  sum_ = 0.0;
  count_ = 0.0;
}

void Concurrency::set_maximum(std::size_t maximum) {
  maximum_ = static_cast<double>(std::max<std::size_t>(maximum, 1));
  slow_start_ends_ = std::max(slow_start_ends_, maximum_);
  clamp();
}

void Concurrency::clamp() {
  window_ = std::clamp(window_, 1.0, maximum_);
}

}  // namespace rfi::policy
