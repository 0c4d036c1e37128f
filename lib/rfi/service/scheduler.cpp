#include "rfi/service/scheduler.hpp"

#include "rfi/service/attempt_log.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace rfi::service {

namespace asio = boost::asio;
using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

namespace {

/// How long a success of another request speaks for the way to the API.
constexpr std::chrono::hours kSuccessSpeaksFor{1};

/// A wait for wall time is cut into pieces of this, so that a clock that was set is noticed.
constexpr milliseconds kLongestSleep = std::chrono::minutes{1};

bool closes_row(const EndedAttempt& ended) {
  return !std::holds_alternative<policy::Resend>(ended.closing.next);
}

milliseconds since_epoch(SteadyTime time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch());
}

}  // namespace

Scheduler::Scheduler(asio::any_io_executor executor,
                     queue::QueuePort& queue,
                     api::ApiPort& api,
                     const platform::Clock& clock,
                     platform::Random& random,
                     const platform::Log& log,
                     const SchedulerSettings& settings)
    : executor_(executor),
      queue_(queue),
      api_(api),
      clock_(clock),
      random_(random),
      log_(log),
      settings_(settings),
      wakeup_(std::move(executor)),
      rows_(settings.limits),
      rate_(settings.rate_limit) {}

void Scheduler::configure(const SchedulerSettings& settings) {
  if (settings.rate_limit != settings_.rate_limit) {
    rate_ = policy::RateLimit{settings.rate_limit};
  }
  settings_ = settings;
  rows_.set_limits(settings.limits);
  queue_changed_ = true;
  wakeup_.notify_all();
}

void Scheduler::stop() {
  if (phase_ == Phase::running) {
    phase_ = Phase::draining;
    abort_at_ = clock_.steady_now() + settings_.drain_timeout;
  } else {
    abort();
  }
  wakeup_.notify_all();
}

/// Not left to run(): that may be waiting for a commit.
void Scheduler::abort() {
  phase_ = Phase::aborting;
  api_.stop();
}

asio::awaitable<void> Scheduler::run() {
  for (const queue::Recovered& recovered : co_await queue_.recover(clock_.utc_now())) {
    log_recovered(log_, recovered);
  }
  queue_.on_change([this] {
    queue_changed_ = true;
    wakeup_.notify_all();
  });
  while (!finished()) {
    if (phase_ == Phase::draining && clock_.steady_now() >= abort_at_) {
      abort();
    }
    if (phase_ != Phase::running) {
      give_back_unsent();
    }
    send_what_may_go();
    if (exchange_is_due()) {
      co_await exchange();
    } else {
      log_.flush();
      co_await wakeup_.wait_until(next_look());
    }
  }
  log_.flush();
  if (defect_) {
    std::rethrow_exception(defect_);
  }
}

bool Scheduler::finished() const {
  const bool nothing_open = rows_.open() == 0;
  if (phase_ != Phase::running) {
    return nothing_open;
  }
  return settings_.until == Until::drained && nothing_open && queue_is_empty_ && !queue_changed_;
}

SteadyTime Scheduler::next_look() const {
  const SteadyTime now = clock_.steady_now();
  SteadyTime look = std::min(now + kLongestSleep, abort_at_);
  if (phase_ == Phase::aborting) {
    look = now + kLongestSleep;
  }
  if (next_due_ && claim_limit({}) > 0) {
    look = std::min(look, now + std::max(*next_due_ - clock_.utc_now(), milliseconds{0}));
  }
  if (rate_opens_at_ && rows_.has_ready()) {
    look = std::min(look, *rate_opens_at_);
  }
  return look;
}

bool Scheduler::exchange_is_due() const {
  if (!ended_.empty()) {
    return true;
  }
  if (claim_limit(ended_) == 0) {
    return false;
  }
  return queue_changed_ || (next_due_ && clock_.utc_now() >= *next_due_);
}

std::size_t Scheduler::claim_limit(const std::vector<EndedAttempt>& ended) const {
  if (phase_ != Phase::running || settings_.claiming == Claiming::paused) {
    return 0;
  }
  const auto closing = std::ranges::count_if(ended, closes_row);
  return rows_.room(static_cast<std::size_t>(closing));
}

void Scheduler::send_what_may_go() {
  if (sending_) {
    return;  // a request that ended at once brought us here: the loop further up goes on
  }
  sending_ = true;
  send_until_the_wire_is_full();
  sending_ = false;
}

void Scheduler::send_until_the_wire_is_full() {
  rate_opens_at_.reset();
  while (phase_ == Phase::running && rows_.has_ready() && rows_.wire_has_room()) {
    if (rows_.next_is_overdue(clock_.utc_now())) {
      expire(*rows_.take_next());
      continue;
    }
    const SteadyTime now = clock_.steady_now();
    if (const auto wait = rate_.take(since_epoch(now))) {
      rate_opens_at_ = now + *wait;
      return;
    }
    auto row = rows_.take_next();
    asio::co_spawn(executor_, submit(std::move(*row)), [this](const std::exception_ptr& thrown) {
      if (thrown) {
        // The attempt stays open in the queue and is closed as unknown at the next start.
        defect_ = thrown;
        rows_.came_back();
        rows_.recorded(1);
        stop();
      }
    });
  }
}

/// Its deadline passed while it waited for the wire (or for a re-send): it must not leave any more.
void Scheduler::expire(OpenRow row) {
  rows_.came_back();
  Circumstances circumstances;
  circumstances.now = clock_.utc_now();
  api::AttemptReport report;
  report.result = policy::TransportFailure{policy::Phase::connect,
                                           policy::BytesLeft::no,
                                           "expired",
                                           "it was waiting for its turn to be sent"};
  EndedAttempt ended = end_attempt(settings_.retry, std::move(row), report, circumstances);
  ended.ended_at = clock_.steady_now();
  ended_.push_back(std::move(ended));
}

asio::awaitable<void> Scheduler::submit(OpenRow row) {
  api::PatchRequest request;
  request.customer_id = row.claim.customer_id;
  request.body = row.claim.prepared.body;
  request.idempotency_key = row.claim.reference;
  const api::AttemptReport report = co_await api_.patch(request);
  end(std::move(row), report);
}

void Scheduler::end(OpenRow row, const api::AttemptReport& report) {
  rows_.came_back();
  const SteadyTime now = clock_.steady_now();
  Circumstances circumstances;
  circumstances.now = clock_.utc_now();
  circumstances.recent_success = last_success_ && now - *last_success_ < kSuccessSpeaksFor;
  circumstances.unit_random = random_.unit();
  EndedAttempt ended = end_attempt(settings_.retry, std::move(row), report, circumstances);
  ended.ended_at = now;
  if (ended.closing.outcome == policy::Outcome::accepted) {
    last_success_ = now;
  }
  ended_.push_back(std::move(ended));
  // The slot on the wire is free: the next row leaves before the disk is asked for anything.
  send_what_may_go();
  wakeup_.notify_all();
}

void Scheduler::give_back_unsent() {
  for (OpenRow& row : rows_.take_unsent()) {
    Circumstances circumstances;
    circumstances.now = clock_.utc_now();
    api::AttemptReport report;
    report.result = policy::Stopped{};
    EndedAttempt ended = end_attempt(settings_.retry, std::move(row), report, circumstances);
    ended.ended_at = clock_.steady_now();
    ended_.push_back(std::move(ended));
  }
}

asio::awaitable<void> Scheduler::exchange() {
  std::vector<EndedAttempt> ended = std::exchange(ended_, {});
  queue::Exchange request;
  request.now = clock_.utc_now();
  request.claim_limit = claim_limit(ended);
  request.closings.reserve(ended.size());
  for (const EndedAttempt& attempt : ended) {
    request.closings.push_back(attempt.closing);
  }
  const bool could_claim = request.claim_limit > 0;
  if (could_claim) {
    queue_changed_ = false;
  }
  queue::ExchangeResult result = co_await queue_.exchange(std::move(request));
  if (could_claim) {
    queue_changed_ = queue_changed_ || result.more_due;
    queue_is_empty_ = result.claims.empty() && !result.more_due && !result.next_due;
  }
  next_due_ = result.next_due;
  settle(std::move(ended), std::move(result));
}

void Scheduler::settle(std::vector<EndedAttempt> ended, queue::ExchangeResult result) {
  const SteadyTime committed_at = clock_.steady_now();
  attempts_recorded_ += ended.size();
  rows_.add_claims(std::move(result.claims));
  std::size_t resends = 0;
  std::size_t closed = 0;
  for (EndedAttempt& attempt : ended) {
    log_attempt(log_, attempt, committed_at);
    if (closes_row(attempt)) {
      ++closed;
    } else {
      attempt.row.claim.attempt = result.resends.at(resends++);
      rows_.add_resend(std::move(attempt.row));
    }
  }
  rows_.recorded(closed);
  for (const queue::Refused& refused : result.refused) {
    log_refused(log_, refused);
  }
  for (const queue::Cancelled& cancelled : result.cancelled) {
    log_cancelled(log_, cancelled);
  }
}

}  // namespace rfi::service
