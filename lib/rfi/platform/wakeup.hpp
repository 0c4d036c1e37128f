// A condition variable for coroutines on one thread, made of timers (Boost 1.81's channels lose
// wake-ups).
#pragma once

#include "rfi/platform/no_throw.hpp"
#include "rfi/platform/timer.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <list>
#include <utility>

namespace rfi::platform {

/// Edge only: it wakes who waits now and is forgotten otherwise, so every waiter tests its
/// condition first and again afterwards. One thread only.
class Wakeup {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit Wakeup(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// Returns at the next notify_all() or at `deadline`, whichever comes first.
  boost::asio::awaitable<void> wait_until(TimePoint deadline) {
    Timer timer{executor_, deadline};
    const Registration registration{waiting_, timer};
    co_await timer.async_wait(kNoThrow);
  }

  /// Returns at the next notify_all().
  boost::asio::awaitable<void> wait() { return wait_until(TimePoint::max()); }

  void notify_all() {
    for (Timer* timer : waiting_) {
      timer->cancel();
    }
  }

 private:
  using Timers = std::list<Timer*>;

  class Registration {
   public:
    Registration(Timers& timers, Timer& timer)
        : timers_(timers), position_(timers.insert(timers.end(), &timer)) {}
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    Registration(Registration&&) = delete;
    Registration& operator=(Registration&&) = delete;
    ~Registration() { timers_.erase(position_); }

   private:
    Timers& timers_;
    Timers::iterator position_;
  };

  boost::asio::any_io_executor executor_;
  Timers waiting_;
};

}  // namespace rfi::platform
