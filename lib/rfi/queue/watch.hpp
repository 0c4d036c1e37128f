// "Something may have changed": inotify on the queue's directory, and a slow tick in case an event
// was lost. An event comes before the commit it announces is visible, so whoever is told here has
// to look more than once.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace rfi::queue {

/// One thread only: that of the executor.
class Watch {
 public:
  enum class Sign {
    touched,  ///< the queue or its journal was written to, by us or by others
    tick      ///< a second has passed
  };

  /// `sign` is called on the executor, never before start() returns.
  Watch(const boost::asio::any_io_executor& executor,
        const std::filesystem::path& queue,
        std::function<void(Sign)> sign);

  /// Where inotify is not to be had, the ticks go on alone.
  void start();
  /// No further calls; safe to call twice.
  void stop();

  /// Ticks alone from now on, for whoever looks all the time anyway: an event for each of our own
  /// writes costs a twentieth of a busy daemon's time.
  void rest();
  /// Events again. True when it had rested: then what was committed meanwhile is still to be looked
  /// for.
  [[nodiscard]] bool resume();

 private:
  void wait_for_event();
  void wait_for_tick();
  [[nodiscard]] bool concerns_queue(std::size_t bytes) const;
  [[nodiscard]] bool listen(int descriptor);

  std::string name_;
  std::filesystem::path directory_;
  std::function<void(Sign)> sign_;
  boost::asio::posix::stream_descriptor events_;
  boost::asio::steady_timer timer_;
  alignas(8) std::array<char, 4096> buffer_{};
  int listening_ = -1;  ///< inotify's number for the directory while it sends events
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  ///< handlers that come late ask for it
};

}  // namespace rfi::queue
