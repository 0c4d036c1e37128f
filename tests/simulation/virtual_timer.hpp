// Time that passes only when nothing is left to do: what waits is kept here in order, and the
// simulation jumps from one moment to the next. The order is the same for the same seed.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace rfi::simulation {

using SteadyTime = std::chrono::steady_clock::time_point;

/// The time of one simulated world. One at a time on each thread: the timers of this thread use it.
class VirtualTime {
 public:
  using Handler = boost::asio::any_completion_handler<void(boost::system::error_code)>;
  /// Moment, then order of arrival.
  using Place = std::pair<SteadyTime, std::uint64_t>;

  VirtualTime();
  VirtualTime(const VirtualTime&) = delete;
  VirtualTime& operator=(const VirtualTime&) = delete;
  VirtualTime(VirtualTime&&) = delete;
  VirtualTime& operator=(VirtualTime&&) = delete;
  ~VirtualTime();

  /// Of this thread.
  [[nodiscard]] static VirtualTime& current();

  [[nodiscard]] SteadyTime now() const { return now_; }

  /// Something that happens in the world, whether the daemon lives or not.
  void at(SteadyTime time, std::function<void()> event);

  Place wait(SteadyTime time, boost::asio::any_io_executor executor, Handler handler);
  void cancel(const Place& place);

  /// Jumps to the next moment and lets one thing happen; not beyond `limit`. False when there is
  /// none: the time is then `limit`.
  bool advance(SteadyTime limit);

  /// Destroys what waits in the daemon without completing it, as a crash does. Events stay.
  void drop_waits();

 private:
  struct Wait {
    boost::asio::any_io_executor executor;
    Handler handler;
  };

  void happen(std::map<Place, std::function<void()>>::iterator event);
  void complete(std::map<Place, Wait>::iterator wait, boost::system::error_code error);

  SteadyTime now_;
  std::uint64_t arrivals_ = 0;
  std::map<Place, std::function<void()>> events_;
  std::map<Place, Wait> waits_;
};

/// What platform::Timer is under RFI_VIRTUAL_TIME: the part of a waitable timer that is used above
/// the ports.
class VirtualTimer {
 public:
  VirtualTimer(boost::asio::any_io_executor executor, SteadyTime expiry)
      : executor_(std::move(executor)), expiry_(expiry) {}
  VirtualTimer(const VirtualTimer&) = delete;
  VirtualTimer& operator=(const VirtualTimer&) = delete;
  VirtualTimer(VirtualTimer&&) = delete;
  VirtualTimer& operator=(VirtualTimer&&) = delete;
  /// A wait that is not over goes on: what it completes does not need the timer.
  ~VirtualTimer() = default;

  template <class Token>
  auto async_wait(Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(Initiation(*this),
                                                                               token);
  }

  void cancel() {
    if (waiting_) {
      waiting_ = false;
      VirtualTime::current().cancel(place_);
    }
  }

 private:
  /// A class with a constructor: GCC 12 destroys other temporaries twice in expressions that await.
  class Initiation {
   public:
    explicit Initiation(VirtualTimer& timer) : timer_(&timer) {}

    void operator()(VirtualTime::Handler handler) const {
      timer_->place_ =
          VirtualTime::current().wait(timer_->expiry_, timer_->executor_, std::move(handler));
      timer_->waiting_ = true;
    }

   private:
    VirtualTimer* timer_;
  };

  boost::asio::any_io_executor executor_;
  SteadyTime expiry_;
  VirtualTime::Place place_;
  bool waiting_ = false;  ///< a wait was begun; it may have been completed since
};

}  // namespace rfi::simulation
