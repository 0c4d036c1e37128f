// Retention beside the service: wakes up when something is over, and lets the exchanges of the
// scheduler go first. The work itself is in queue/retention_work.hpp.
#pragma once

#include "rfi/platform/clock.hpp"
#include "rfi/platform/log.hpp"
#include "rfi/policy/retention.hpp"
#include "rfi/policy/timeline.hpp"
#include "rfi/queue/queue_thread.hpp"
#include "rfi/queue/retention_work.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace rfi::daemon {

/// How a piece of retention ended. With a `trouble` it is not complete, and may be asked for again.
struct RetentionEnd {
  queue::RetentionReport report;
  std::string trouble;  ///< a sentence, or empty
};

/// Io thread only. Everything it is given must live longer.
class RetentionTask {
 public:
  RetentionTask(boost::asio::any_io_executor executor,
                queue::QueueThread& queue,
                const platform::Clock& clock,
                const platform::Log& log,
                const policy::RetentionPeriods& periods,
                std::function<policy::Traffic()> traffic);

  /// Round after round until stop(). Throws what ends the daemon: the queue is corrupt or gone.
  boost::asio::awaitable<void> run();
  /// A round by other periods that is under way ends.
  void configure(const policy::RetentionPeriods& periods);
  void stop();

  /// What is over now, at once, on request.
  boost::asio::awaitable<RetentionEnd> apply();
  /// All that is personal of one customer.
  boost::asio::awaitable<RetentionEnd> erase_customer(std::string customer_id);

 private:
  boost::asio::awaitable<RetentionEnd> carry_out(std::shared_ptr<queue::RetentionWork> work,
                                                 std::function<bool()> wanted);
  boost::asio::awaitable<std::optional<std::chrono::milliseconds>> until_next_round();
  boost::asio::awaitable<void> wait(std::chrono::steady_clock::duration time);
  [[nodiscard]] policy::Timeline::Reading read_clock();
  void write_log(const RetentionEnd& end, std::chrono::steady_clock::duration took);

  boost::asio::any_io_executor executor_;
  queue::QueueThread& queue_;
  const platform::Clock& clock_;
  const platform::Log& log_;
  policy::RetentionPeriods periods_;
  std::function<policy::Traffic()> traffic_;
  policy::Timeline timeline_;
  boost::asio::steady_timer next_round_;
  std::string last_trouble_;  ///< is not said twice
  bool stopping_ = false;
};

}  // namespace rfi::daemon
