#include "rfi/service/scheduler.hpp"

#include "rfi/service/attempt_log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace rfi::service {

namespace asio = boost::asio;
using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

namespace {

/// While rows enough are ready for the wire, a commit gathers outcomes for so long: most of what it
/// costs it costs for one as for many.
constexpr milliseconds kLongestGathering{8};
/// So many outcomes are worth a commit of their own: gathering more would leave the disk idle.
constexpr std::size_t kWorthACommit = 16;

/// A wait for wall time is cut into pieces of this, so that a clock that was set is noticed.
constexpr milliseconds kLongestSleep = std::chrono::minutes{1};

bool closes_row(const EndedAttempt& ended) {
  return !std::holds_alternative<policy::Resend>(ended.closing.next);
}

milliseconds since_epoch(SteadyTime time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch());
}

PaceSettings pace_settings(const SchedulerSettings& settings) {
  return {settings.limits.max_in_flight, settings.rate_limit, probe_pauses(settings.retry.backoff)};
}

/// Rows that wait for the retry budget come back after this; the more of them there are the later,
/// so that bringing them to and fro stays cheap.
constexpr milliseconds kBudgetPause{2'000};
constexpr milliseconds kLongestBudgetPause{60'000};
constexpr std::size_t kManyPostponed = 64;

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
      pace_(pace_settings(settings)),
      budget_pause_(kBudgetPause),
      activity_(clock.steady_now()) {
  rows_.set_window(pace_.window());
}

void Scheduler::configure(const SchedulerSettings& settings) {
  settings_ = settings;
  rows_.set_limits(settings.limits);
  pace_.configure(pace_settings(settings), since_epoch(clock_.steady_now()));
  rows_.set_window(pace_.window());
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
  for (const queue::Recovered& recovered : co_await queue_.recover(utc_now())) {
    log_recovered(log_, recovered);
  }
  queue_.on_change([this] {
    queue_changed_ = true;
    wakeup_.notify_all();
  });
  while (!finished()) {
    while (frozen_) {
      co_await wakeup_.wait();
    }
    ++turns_;
    if (phase_ == Phase::draining && clock_.steady_now() >= abort_at_) {
      abort();
    }
    give_back_what_may_not_go();
    if (!exchange_is_due()) {
      send_what_may_go();  // it may end at once, and then it is to be recorded
    }
    if (exchange_is_due()) {
      // The disk first: what has been claimed leaves, and the log is written, while it works.
      asio::post(executor_, [this, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) {
          send_what_may_go();
          write_log();
        }
      });
      co_await exchange();
    } else {
      write_log();
      if (!gathers()) {
        log_.flush();
      }
      co_await wakeup_.wait_until(next_look());
    }
  }
  write_log();
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

SteadyTime Scheduler::next_look() {
  const SteadyTime now = clock_.steady_now();
  SteadyTime look = std::min(now + kLongestSleep, abort_at_);
  if (phase_ == Phase::aborting) {
    look = now + kLongestSleep;
  }
  if (disputed_until_) {
    look = std::min(look, *disputed_until_);
  }
  if (leaves_the_lock_to_others()) {
    // Whatever is due, it has to wait; only what is ready may leave meanwhile.
    look = std::min(look, next_exchange_at_);
    return rate_opens_at_ && rows_.has_ready() ? std::min(look, *rate_opens_at_) : look;
  }
  if (gathers()) {
    look = std::min(look, gathers_until_);
    return rate_opens_at_ ? std::min(look, *rate_opens_at_) : look;
  }
  const SteadyTime next_probe{pace_.destination().next_probe_at()};
  if (!pace_.is_fit() && !probe_ && next_probe > now) {
    look = std::min(look, next_probe);
  }
  if (next_due_ && claim_limit({}) > 0) {
    look = std::min(look, now + std::max(*next_due_ - utc_now(), milliseconds{0}));
  }
  if (rate_opens_at_ && rows_.has_ready()) {
    look = std::min(look, *rate_opens_at_);
  }
  return std::max(look, now);
}

bool Scheduler::exchange_is_due() {
  const policy::UtcTime now = utc_now();  // first: it may find that the clock was set
  if (leaves_the_lock_to_others() || gathers()) {
    return false;
  }
  if (!ended_.empty() || !between_steps_.empty() || clock_shift_ != milliseconds{0}) {
    return true;
  }
  if (claim_limit(ended_) == 0) {
    return false;
  }
  return queue_changed_ || (next_due_ && now >= *next_due_);
}

/// Not if the wire would run dry before the next claims come.
bool Scheduler::gathers() const {
  return phase_ == Phase::running && ended_.size() < kWorthACommit &&
         rows_.ready_behind_the_wire() > sent_during_exchange_ &&
         clock_.steady_now() < gathers_until_;
}

/// A stop does not wait for anybody.
bool Scheduler::leaves_the_lock_to_others() const {
  return phase_ == Phase::running && clock_.steady_now() < next_exchange_at_;
}

std::size_t Scheduler::claim_limit(const std::vector<EndedAttempt>& ended) const {
  if (phase_ != Phase::running || settings_.claiming == Claiming::paused || disputed_until_) {
    return 0;
  }
  const auto closing = std::ranges::count_if(ended, closes_row);
  const std::size_t room = rows_.room(static_cast<std::size_t>(closing));
  if (pace_.is_fit()) {
    return room;
  }
  const bool probe_is_due =
      !probe_ && since_epoch(clock_.steady_now()) >= pace_.destination().next_probe_at();
  return probe_is_due ? std::min<std::size_t>(room, 1) : 0;
}

/// The timeline's time, and what it says about the machine's clock.
policy::UtcTime Scheduler::utc_now() {
  const auto reading = timeline_.read(clock_.utc_now(), since_epoch(clock_.steady_now()));
  if (reading.disputed && !disputed_until_) {
    log_clock_disputed(log_, clock_.utc_now() - reading.now);
  }
  disputed_until_.reset();
  if (reading.disputed) {
    disputed_until_ = SteadyTime{reading.settles_at};
  }
  if (reading.shift != milliseconds{0}) {
    clock_shift_ += reading.shift;
    clock_moved_ += reading.shift;
    queue_changed_ = true;
    log_clock_taken_over(log_, reading.shift);
  }
  return reading.now;
}

asio::awaitable<void> Scheduler::exchange() {
  std::vector<EndedAttempt> ended = std::exchange(ended_, {});
  std::vector<OpenRow> between_steps = std::exchange(between_steps_, {});
  const std::vector<UploadLine> upload_lines = std::exchange(upload_lines_, {});
  queue::Exchange request = next_exchange(ended);
  const bool could_claim = request.claim_limit > 0;
  // As it was asked for: it may become unfit, or fit, while the commit is under way.
  const Purpose purpose = request.destination_unfit ? Purpose::probe : Purpose::delivery;
  const milliseconds clock_moved = clock_moved_;
  if (could_claim) {
    queue_changed_ = false;
  }
  waits_for_queue_ = true;
  const std::uint64_t moves_before = rows_.moves();
  queue::ExchangeResult result = co_await queue_.exchange(std::move(request));
  waits_for_queue_ = false;
  const SteadyTime committed_at = clock_.steady_now();
  next_exchange_at_ = committed_at + result.pause;
  gathers_until_ = committed_at + kLongestGathering;
  // Half of the moves are departures; a quarter more for what is about to come back.
  sent_during_exchange_ = (rows_.moves() - moves_before) * 5 / 8 + 1;
  queue_changed_ = queue_changed_ || result.more_due;
  // Of an exchange that could claim nothing only what it has seen counts: a row that it gave back
  // is one that waits.
  const bool saw_nothing = result.claims.empty() && !result.more_due && !result.next_due;
  queue_is_empty_ = saw_nothing && (could_claim || queue_is_empty_);
  next_due_ = result.next_due;
  if (result.postponed >= kManyPostponed) {
    budget_pause_ = std::min(2 * budget_pause_, kLongestBudgetPause);
  } else if (result.postponed == 0) {
    budget_pause_ = kBudgetPause;
  }
  settle(std::move(ended), std::move(result), purpose, clock_moved);
  for (const UploadLine& line : upload_lines) {
    log_uploaded(log_, line);
  }
  for (OpenRow& row : between_steps) {
    rows_.add_step(std::move(row));
  }
}

queue::Exchange Scheduler::next_exchange(const std::vector<EndedAttempt>& ended) {
  queue::Exchange request;
  request.now = utc_now();
  if (disputed_until_) {
    // Nobody knows yet which time is right: no row expires that would not by both.
    request.now = std::min(request.now, clock_.utc_now());
  }
  request.claim_limit = claim_limit(ended);
  request.destination_unfit = !pace_.is_fit();
  request.refunds = std::exchange(refunds_, {});
  request.clock_shift = std::exchange(clock_shift_, milliseconds{0});
  if (pace_.is_fit()) {
    request.retry_limit = pace_.retry_limit(since_epoch(clock_.steady_now()));
    request.retry_pause = budget_pause_;
  }
  request.uploads = std::exchange(uploads_, {});
  request.completions = std::exchange(completions_, {});
  request.closings.reserve(ended.size());
  for (const EndedAttempt& attempt : ended) {
    request.closings.push_back(attempt.closing);
  }
  return request;
}

void Scheduler::settle(std::vector<EndedAttempt> ended,
                       queue::ExchangeResult result,
                       Purpose purpose,
                       milliseconds clock_moved) {
  const SteadyTime committed_at = clock_.steady_now();
  pace_.claimed(result.claims);
  if (purpose == Purpose::probe && !result.claims.empty()) {
    probe_ = result.claims.front().attempt.rfi;
  }
  rows_.add_claims(std::move(result.claims), purpose, clock_moved, pace_.stuck());
  std::size_t resends = 0;
  std::size_t closed = 0;
  for (EndedAttempt& attempt : ended) {
    activity_.note(attempt, committed_at);
    if (closes_row(attempt)) {
      ++closed;
      delete_files_of(attempt);
      if (probe_ == attempt.row.claim.attempt.rfi) {
        probe_.reset();
      }
      to_log_.push_back({std::move(attempt), committed_at});
    } else {
      log_attempt(log_, attempt, committed_at);
      attempt.row.claim.attempt = result.resends.at(resends++);
      rows_.add_resend(std::move(attempt.row));
    }
  }
  rows_.recorded(closed);
  for (const queue::Refused& refused : result.refused) {
    log_refused(log_, refused);
    activity_.note(refused, clock_.utc_now());
  }
  for (const queue::Cancelled& cancelled : result.cancelled) {
    log_cancelled(log_, cancelled);
  }
  for (const queue::Superseded& superseded : result.superseded) {
    log_superseded(log_, superseded);
  }
}

/// The lines of what the last commit has made durable.
void Scheduler::write_log() {
  for (const auto& [attempt, committed_at] : to_log_) {
    log_attempt(log_, attempt, committed_at);
  }
  to_log_.clear();
}

}  // namespace rfi::service
