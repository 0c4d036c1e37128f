#include "simulation/virtual_timer.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace rfi::simulation {
namespace {

thread_local VirtualTime* current_time = nullptr;

/// Not zero, so that a time that was never set does not look like the beginning.
constexpr std::chrono::hours kBegin{1000};

}  // namespace

VirtualTime::VirtualTime() : now_(kBegin) {
  current_time = this;
}

VirtualTime::~VirtualTime() {
  current_time = nullptr;
}

VirtualTime& VirtualTime::current() {
  return *current_time;
}

void VirtualTime::at(SteadyTime time, std::function<void()> event) {
  events_.emplace(Place{time, ++arrivals_}, std::move(event));
}

VirtualTime::Place VirtualTime::wait(SteadyTime time,
                                     boost::asio::any_io_executor executor,
                                     Handler handler) {
  const Place place{time, ++arrivals_};
  waits_.emplace(place, Wait{std::move(executor), std::move(handler)});
  return place;
}

void VirtualTime::cancel(const Place& place) {
  const auto wait = waits_.find(place);
  if (wait != waits_.end()) {
    complete(wait, boost::asio::error::operation_aborted);
  }
}

bool VirtualTime::advance(SteadyTime limit) {
  const auto event = events_.begin();
  const auto wait = waits_.begin();
  constexpr Place kNever{SteadyTime::max(), 0};
  const Place next_event = event == events_.end() ? kNever : event->first;
  const Place next_wait = wait == waits_.end() ? kNever : wait->first;
  const Place& next = std::min(next_event, next_wait);
  if (next.first > limit) {
    now_ = std::max(now_, limit);
    return false;
  }
  now_ = std::max(now_, next.first);
  if (next_event <= next_wait) {
    happen(event);
  } else {
    complete(wait, {});
  }
  return true;
}

void VirtualTime::happen(std::map<Place, std::function<void()>>::iterator event) {
  const auto taken = events_.extract(event);
  taken.mapped()();
}

void VirtualTime::complete(std::map<Place, Wait>::iterator wait, boost::system::error_code error) {
  auto taken = waits_.extract(wait);
  const auto executor = taken.mapped().executor;
  boost::asio::post(executor, [handler = std::move(taken.mapped().handler), error]() mutable {
    std::move(handler)(error);
  });
}

void VirtualTime::drop_waits() {
  while (!waits_.empty()) {
    const auto taken = waits_.extract(waits_.begin());
  }
}

}  // namespace rfi::simulation
