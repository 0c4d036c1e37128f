#include "rfi/service/pace.hpp"

#include "rfi/allowlist/names.hpp"
#include "rfi/policy/retry.hpp"

#include <algorithm>
#include <string>

namespace rfi::service {
namespace {

using policy::Outcome;

constexpr std::size_t kMostStuck = 1'000;

/// What one request shows of the API's load; nothing if it never got there, or was ended by us.
std::optional<policy::Load> load_of(const policy::Verdict& verdict) {
  switch (verdict.outcome) {
    case Outcome::throttled:
    case Outcome::unavailable:
      return policy::Load::pressed;
    case Outcome::unknown:
    case Outcome::not_sent:
      return verdict.error == "timeout" ? std::optional{policy::Load::pressed} : std::nullopt;
    case Outcome::accepted:
    case Outcome::rejected:
    case Outcome::unauthorized:
    case Outcome::confirmed:
      break;
  }
  return policy::Load::accepted;
}

bool is_failure(Outcome outcome) {
  return outcome == Outcome::throttled || outcome == Outcome::unavailable ||
         outcome == Outcome::unknown;
}

}  // namespace

policy::BackoffSettings probe_pauses(const policy::BackoffSettings& backoff) {
  return {backoff.initial_delay, std::min(backoff.max_delay, policy::kLongestProbePause)};
}

Pace::Pace(const PaceSettings& settings)
    : settings_(settings),
      rate_(settings.rate_limit),
      concurrency_(settings.max_in_flight),
      destination_(settings.probes) {}

void Pace::configure(const PaceSettings& settings, std::chrono::milliseconds now) {
  if (settings.rate_limit != settings_.rate_limit) {
    rate_ = policy::RateLimit{settings.rate_limit};
  }
  concurrency_.set_maximum(settings.max_in_flight);
  destination_.configure(settings.probes);
  destination_.probe_soon(now);
  settings_ = settings;
}

policy::Turn Pace::learn(const Returned& returned, double unit_random) {
  const policy::Verdict& verdict = returned.verdict;
  const auto load = load_of(verdict);
  if (load == policy::Load::accepted) {
    later_answers_.answered(returned.started);
    stuck_.erase(returned.rfi);
  }
  if (destination_.is_fit() && verdict.error == "timeout" &&
      later_answers_.excuse(returned.started)) {
    if (stuck_.size() == kMostStuck) {
      stuck_.erase(stuck_.begin());
    }
    stuck_.insert(returned.rfi);
    return policy::Turn::none;  // one customer hangs, not the API
  }
  if (load) {
    concurrency_.ended(
        *load, returned.started, returned.ended, returned.round_trip, returned.in_flight);
  }
  budget_.ended(is_failure(verdict.outcome) ? policy::RetryBudget::Result::failed
                                            : policy::RetryBudget::Result::answered);
  policy::Sign sign;
  sign.verdict = verdict;
  sign.request = returned.request;
  sign.http_status = returned.http_status;
  sign.fresh_token = returned.fresh_token;
  sign.row = static_cast<std::int64_t>(returned.rfi);
  std::string room;
  sign.customer = allowlist::party_key(returned.customer_id, room);
  sign.started = returned.started;
  sign.ended = returned.ended;
  if (returned.retry_after) {
    sign.retry_after = returned.retry_after->delay;
  }
  const policy::Turn turn = destination_.observe(sign, unit_random);
  if (turn == policy::Turn::became_fit) {
    concurrency_.restart();
  }
  return turn;
}

void Pace::claimed(const std::vector<queue::Claim>& claims) {
  for (const queue::Claim& claim : claims) {
    if (claim.attempts > 1) {
      budget_.sent_retry();
    } else {
      budget_.sent_first();
    }
  }
}

std::vector<queue::RfiId> Pace::take_wronged() {
  std::vector<queue::RfiId> rows;
  for (const std::int64_t row : destination_.take_wronged()) {
    rows.push_back(queue::RfiId{row});
  }
  return rows;
}

}  // namespace rfi::service
