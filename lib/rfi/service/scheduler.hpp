// The loop of the service: claims rows, sends them, records what happened, in as few commits as the
// load allows.
#pragma once

#include "rfi/api/api_port.hpp"
#include "rfi/platform/clock.hpp"
#include "rfi/platform/log.hpp"
#include "rfi/platform/random.hpp"
#include "rfi/platform/wakeup.hpp"
#include "rfi/policy/rate.hpp"
#include "rfi/policy/retry.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/service/ended_attempt.hpp"
#include "rfi/service/open_rows.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <vector>

namespace rfi::service {

/// When run() returns by itself.
enum class Until { stopped, drained };

/// submission.enabled: a pause claims nothing and lets what is under way end.
enum class Claiming { enabled, paused };

struct SchedulerSettings {
  OpenLimits limits;
  policy::RetrySettings retry;
  double rate_limit = 0.0;  ///< requests a second, 0: none
  std::chrono::milliseconds drain_timeout{30'000};
  Claiming claiming = Claiming::enabled;
  Until until = Until::stopped;
};

/// Owns all open rows. Everything it needs comes in through the ports and must outlive it. One
/// thread: the executor's. One commit carries the outcomes that have arrived and the next claims;
/// while it is under way further outcomes gather for the next one, so the batch grows with the load
/// and an idle daemon answers at once.
class Scheduler {
 public:
  Scheduler(boost::asio::any_io_executor executor,
            queue::QueuePort& queue,
            api::ApiPort& api,
            const platform::Clock& clock,
            platform::Random& random,
            const platform::Log& log,
            const SchedulerSettings& settings);

  /// Runs until stop() has been obeyed (or the queue is drained, see Until). When it returns, every
  /// row that it opened is closed. Throws what the queue port throws, and what a submission threw.
  boost::asio::awaitable<void> run();

  /// Claims nothing more, gives back what was not sent, lets requests in flight end for
  /// drain_timeout, then ends them. A second call ends them at once. Call on the executor's thread.
  void stop();

  /// Takes new settings (a reload); limits apply from the next claim on.
  void configure(const SchedulerSettings& settings);

  [[nodiscard]] std::size_t in_flight() const { return rows_.in_flight(); }
  [[nodiscard]] std::size_t open() const { return rows_.open(); }
  /// Attempts recorded since the start.
  [[nodiscard]] std::uint64_t attempts_recorded() const { return attempts_recorded_; }

 private:
  enum class Phase { running, draining, aborting };

  void send_what_may_go();
  void send_until_the_wire_is_full();
  boost::asio::awaitable<void> submit(OpenRow row);
  void end(OpenRow row, const api::AttemptReport& report);
  boost::asio::awaitable<void> exchange();
  void settle(std::vector<EndedAttempt> ended, queue::ExchangeResult result);
  void expire(OpenRow row);
  void give_back_unsent();
  void abort();
  [[nodiscard]] std::size_t claim_limit(const std::vector<EndedAttempt>& ended) const;
  [[nodiscard]] bool exchange_is_due() const;
  [[nodiscard]] bool finished() const;
  [[nodiscard]] std::chrono::steady_clock::time_point next_look() const;

  boost::asio::any_io_executor executor_;
  queue::QueuePort& queue_;
  api::ApiPort& api_;
  const platform::Clock& clock_;
  platform::Random& random_;
  const platform::Log& log_;
  SchedulerSettings settings_;
  platform::Wakeup wakeup_;
  OpenRows rows_;
  policy::RateLimit rate_;
  Phase phase_ = Phase::running;
  bool sending_ = false;             ///< send_what_may_go() is on the stack
  std::vector<EndedAttempt> ended_;  ///< not yet recorded
  bool queue_changed_ = true;    ///< something may be claimable that the last exchange did not see
  bool queue_is_empty_ = false;  ///< the last exchange that could claim found nothing, now or later
  std::optional<policy::UtcTime> next_due_;
  std::optional<std::chrono::steady_clock::time_point> last_success_;
  std::optional<std::chrono::steady_clock::time_point> rate_opens_at_;
  std::chrono::steady_clock::time_point abort_at_ = std::chrono::steady_clock::time_point::max();
  std::uint64_t attempts_recorded_ = 0;
  std::exception_ptr defect_;  ///< what a submission threw; ends run()
};

}  // namespace rfi::service
