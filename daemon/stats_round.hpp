// One round of the service's figures: read in pieces between the queue's exchanges, written as
// `queue.stats`, and held against the deadlines.
#pragma once

#include "deadline_watch.hpp"
#include "stats.hpp"

#include "rfi/platform/clock.hpp"
#include "rfi/platform/log.hpp"
#include "rfi/queue/queue_thread.hpp"
#include "rfi/service/scheduler.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <filesystem>
#include <optional>

namespace rfi::daemon {

/// What the round cannot see by itself.
struct RoundSettings {
  std::filesystem::path queue;
  double rate_limit = 0.0;
};

/// Io thread only; everything it is given must outlive it.
class StatsRound {
 public:
  StatsRound(queue::QueueThread& queue,
             const service::Scheduler& scheduler,
             const platform::Log& log,
             const platform::Clock& clock);

  /// One round; takes as long as the queue is blocked. Throws SqliteError for what does not pass;
  /// what does leaves the counts out.
  boost::asio::awaitable<void> run(RoundSettings settings);
  /// True from when run() is called until it has ended.
  [[nodiscard]] bool is_under_way() const { return under_way_; }
  /// The line without the counts, in the place of a round that waits for the queue.
  void report_unread();

  /// Why nothing gets through to the queue has begun, or is over.
  void blocked(bool is_blocked);

  /// The figures of the last round with the scheduler's as they are now.
  [[nodiscard]] const QueueFigures& look_at_scheduler();

 private:
  boost::asio::awaitable<void> read_queue();
  boost::asio::awaitable<void> read_deadlines();
  /// Reads a piece after the other until there are no more; false when the queue cannot be read.
  template <class Reader>
  boost::asio::awaitable<bool> read_all(Reader& reader);
  void count_since_last();

  queue::QueueThread& queue_;
  const service::Scheduler& scheduler_;
  const platform::Log& log_;
  const platform::Clock& clock_;
  std::chrono::steady_clock::time_point looked_at_;
  std::optional<std::chrono::steady_clock::time_point> blocked_since_;
  service::Activity::Outcomes attempts_before_{};
  service::Activity::Ends ends_before_;
  bool under_way_ = false;
  RoundSettings settings_;
  DeadlineWatch deadlines_;
  QueueFigures figures_;
};

}  // namespace rfi::daemon
