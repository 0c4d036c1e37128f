// How much may leave, and how fast: the destination's fitness, the adaptive window, the retry
// budget and the rate limit, fed with what the attempts show. Pure: times and random numbers are
// handed in.
#pragma once

#include "rfi/policy/concurrency.hpp"
#include "rfi/policy/destination.hpp"
#include "rfi/policy/later_answers.hpp"
#include "rfi/policy/rate.hpp"
#include "rfi/policy/retry_budget.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/service/ended_attempt.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rfi::service {

struct PaceSettings {
  std::size_t max_in_flight = 32;
  double rate_limit = 0.0;  ///< requests a second, 0: none
  policy::BackoffSettings probes;
};

/// One request, a PATCH or a look, that has come back. Times are of a monotonic clock.
struct Returned {
  queue::RfiId rfi{};
  std::string customer_id;
  policy::Sign::Request request = policy::Sign::Request::patch;
  bool fresh_token = false;  ///< it went with a token issued after a 401
  policy::Verdict verdict;
  std::optional<unsigned> http_status;
  std::optional<policy::RetryAfter> retry_after;
  std::chrono::milliseconds started{0};
  std::chrono::milliseconds ended{0};
  std::chrono::milliseconds round_trip{0};
  std::size_t in_flight = 0;  ///< this one included
};

class Pace {
 public:
  explicit Pace(const PaceSettings& settings);
  /// The settings of a reload. An unfit destination is probed at once: it may be what was cured.
  void configure(const PaceSettings& settings, std::chrono::milliseconds now);

  /// Learns from a request that came back.
  policy::Turn learn(const Returned& returned, double unit_random);
  /// Rows that have just been claimed will be sent.
  void claimed(const std::vector<queue::Claim>& claims);

  /// Takes one token of the rate limit if there is one; else says how long to wait for it.
  [[nodiscard]] std::optional<std::chrono::milliseconds> take_token(std::chrono::milliseconds now) {
    return rate_.take(now);
  }
  /// For a request that belongs to one under way (a look) or is a probe.
  void spend_token() { rate_.spend(); }

  /// How many requests may be on the wire.
  [[nodiscard]] std::size_t window() const { return concurrency_.window(); }
  /// How many of the next claims may be rows that were sent before.
  [[nodiscard]] std::size_t retry_limit(std::chrono::milliseconds now) {
    return budget_.available(now);
  }
  [[nodiscard]] bool is_fit() const { return destination_.is_fit(); }
  [[nodiscard]] const policy::Destination& destination() const { return destination_; }

  /// Rows whose last request hung while others were answered. A thousand of them at most: whoever
  /// is forgotten hangs once more.
  [[nodiscard]] const std::set<queue::RfiId>& stuck() const { return stuck_; }

  /// Rows that paid for what was the destination's fault, once.
  [[nodiscard]] std::vector<queue::RfiId> take_wronged();

 private:
  PaceSettings settings_;
  policy::RateLimit rate_;
  policy::Concurrency concurrency_;
  policy::RetryBudget budget_;
  policy::Destination destination_;
  policy::LaterAnswers later_answers_;
  std::set<queue::RfiId> stuck_;
};

/// The pauses between probes: as the configured backoff, but never longer than a minute.
[[nodiscard]] policy::BackoffSettings probe_pauses(const policy::BackoffSettings& backoff);

}  // namespace rfi::service
