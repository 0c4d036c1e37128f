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

 private:
  void wait_for_event();
  void wait_for_tick();
  [[nodiscard]] bool concerns_queue(std::size_t bytes) const;

  std::string name_;
  std::filesystem::path directory_;
  std::function<void(Sign)> sign_;
  boost::asio::posix::stream_descriptor events_;
  boost::asio::steady_timer timer_;
  alignas(8) std::array<char, 4096> buffer_{};
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  ///< handlers that come late ask for it
};

}  // namespace rfi::queue
