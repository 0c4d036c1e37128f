// The scheduler's requests: what leaves, and what is made of what comes back.
#include "rfi/service/attempt_log.hpp"
#include "rfi/service/scheduler.hpp"

#include <boost/asio/co_spawn.hpp>

#include <utility>
#include <variant>

namespace rfi::service {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

/// How long a success of another request speaks for the way to the API.
constexpr std::chrono::hours kSuccessSpeaksFor{1};
/// Of rows for which half of the wire is too little.
constexpr std::chrono::seconds kPauseOfSuspects{10};

milliseconds since_epoch(std::chrono::steady_clock::time_point time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch());
}

api::AttemptReport not_sent(std::string error, std::string detail) {
  api::AttemptReport report;
  report.result = policy::TransportFailure{
      policy::Phase::connect, policy::BytesLeft::no, std::move(error), std::move(detail)};
  return report;
}

}  // namespace

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
    give_back_what_may_not_go();
    const policy::UtcTime now_utc = utc_now();
    if (!rows_.has_ready() || disputed_until_) {
      return;  // in a dispute nobody knows whether a deadline has passed
    }
    if (rows_.next_is_overdue(now_utc)) {
      expire(*rows_.take_next());
      continue;
    }
    const Instant now = clock_.steady_now();
    if (const auto wait = pace_.take_token(since_epoch(now))) {
      rate_opens_at_ = now + *wait;
      return;
    }
    launch(*rows_.take_next());
  }
}

void Scheduler::launch(OpenRow row) {
  const Standing standing = row.standing;
  asio::co_spawn(
      executor_, submit(std::move(row)), [this, standing](const std::exception_ptr& thrown) {
        if (thrown) {
          // The attempt stays open in the queue and is closed as unknown at the next start.
          defect_ = thrown;
          rows_.came_back(standing);
          rows_.recorded(1);
          stop();
        }
      });
}

/// A stop gives back what was not sent; so does an unfit destination, but for its probe.
void Scheduler::give_back_what_may_not_go() {
  if (phase_ != Phase::running) {
    api::AttemptReport stopped;
    stopped.result = policy::Stopped{};
    give_back(rows_.take_unsent(), stopped, queue::Cost::none);
  } else if (!pace_.is_fit()) {
    give_back(rows_.take_unsent_deliveries(),
              not_sent("unfit", "the destination became unfit before it was sent"),
              queue::Cost::withdrawn);
  }
  give_back(rows_.take_suspects_without_a_turn(),
            not_sent("stuck", "its requests hang while others are answered: those go first"),
            queue::Cost::withdrawn,
            kPauseOfSuspects);
}

void Scheduler::give_back(std::vector<OpenRow> rows,
                          const api::AttemptReport& why,
                          queue::Cost cost,
                          std::chrono::milliseconds pause) {
  for (OpenRow& row : rows) {
    Circumstances at;
    at.now = utc_now();
    // An attempt under which a file has left stays on record.
    const bool keeps = cost == queue::Cost::withdrawn && row.steps.sent;
    EndedAttempt ended = end_attempt(settings_.retry, std::move(row), why, at);
    ended.closing.cost = keeps ? queue::Cost::none : cost;
    ended.closing.next = policy::RetryAt{at.now + pause, ended.closing.detail};
    put_down(std::move(ended));
  }
}

/// Its deadline passed while it waited for the wire (or for a re-send): it must not leave any more.
void Scheduler::expire(OpenRow row) {
  rows_.came_back(row.standing);
  Circumstances at;
  at.now = utc_now();
  put_down(end_attempt(settings_.retry,
                       std::move(row),
                       not_sent("expired", "it was waiting for its turn to be sent"),
                       at));
}

asio::awaitable<void> Scheduler::submit(OpenRow row) {
  const Instant began = clock_.steady_now();
  api::LookRequest customer;
  customer.customer_id = row.claim.customer_id;
  if (row.sending == Sending::first && !row.steps.looked &&
      policy::look_is_due(settings_.reconcile, row.claim.doubt)) {
    const api::AttemptReport look = co_await api_.look(customer);
    if (!may_send_after(look, row, began)) {
      co_return;
    }
    pace_.spend_token();
    row.steps.looked = true;
  }
  if (!row.claim.prepared.files.empty() && !row.steps.complete) {
    co_await upload_next(std::move(row));
    co_return;
  }
  const Instant sent = clock_.steady_now();
  api::PatchRequest request;
  request.customer_id = row.claim.customer_id;
  request.body = row.claim.prepared.body;
  request.idempotency_key = row.claim.reference;
  const api::AttemptReport report = co_await api_.patch(request);
  const bool refused = policy::classify(report.result).outcome == policy::Outcome::rejected;
  const bool refused_in_doubt = refused && row.claim.doubt == policy::Doubt::may_have_landed &&
                                settings_.reconcile != policy::Reconcile::never;
  if (refused_in_doubt) {
    EndedAttempt ended = judge(std::move(row), report, sent);
    pace_.spend_token();
    const Instant looked = clock_.steady_now();
    customer.customer_id = ended.row.claim.customer_id;
    const api::AttemptReport look = co_await api_.look(customer);
    end_refused(std::move(ended), look, looked);
  } else {
    end(std::move(row), report, sent);
  }
}

/// Whether the PATCH follows the look; if not, the row has been put down and `row` is empty.
bool Scheduler::may_send_after(const api::AttemptReport& report, OpenRow& row, Instant began) {
  const Instant now = clock_.steady_now();
  const JudgedLook look = judge_look(report, row.claim, settings_.allowlist);
  learn_from_look(report, look, row.claim, began);
  const queue::RfiId rfi = row.claim.attempt.rfi;
  if (look.result == LookResult::landed) {
    failed_looks_.erase(rfi);
    last_success_ = now;
    came_back(end_confirmed(std::move(row), report, circumstances()));
    return false;
  }
  const bool stopped = phase_ != Phase::running;
  if (look.result == LookResult::failed && !stopped) {
    const std::int64_t failed_looks = ++failed_looks_[rfi];
    came_back(
        end_unlooked(settings_.retry, std::move(row), report, look, failed_looks, circumstances()));
    return false;
  }
  const bool overdue = row.claim.deadline && utc_now() >= *row.claim.deadline;
  if (overdue) {
    came_back(end_attempt(settings_.retry,
                          std::move(row),
                          not_sent("expired", "its customer was being looked at"),
                          circumstances()));
    return false;
  }
  const bool unfit = !pace_.is_fit() && row.purpose == Purpose::delivery;
  if (stopped || unfit) {
    EndedAttempt ended = end_attempt(settings_.retry,
                                     std::move(row),
                                     not_sent("withdrawn", "only a look had been taken"),
                                     circumstances());
    ended.closing.cost = queue::Cost::withdrawn;
    ended.closing.next = policy::RetryAt{utc_now(), ended.closing.detail};
    came_back(std::move(ended));
    return false;
  }
  failed_looks_.erase(rfi);
  return true;
}

void Scheduler::end(OpenRow row, const api::AttemptReport& report, Instant began) {
  came_back(judge(std::move(row), report, began));
}

/// Learns from the report first: whether it was the destination's fault decides what becomes of the
/// row.
EndedAttempt Scheduler::judge(OpenRow row, const api::AttemptReport& report, Instant began) {
  const Instant now = clock_.steady_now();
  const auto* response = std::get_if<policy::Response>(&report.result);
  Returned returned;
  returned.rfi = row.claim.attempt.rfi;
  returned.customer_id = row.claim.customer_id;
  returned.fresh_token = row.sending == Sending::resend;
  returned.verdict = policy::classify(report.result);
  if (response != nullptr) {
    returned.http_status = response->status;
    returned.retry_after = response->retry_after;
  }
  learn(returned, report.timings, began);
  const Purpose purpose = row.purpose;
  EndedAttempt ended = end_attempt(settings_.retry, std::move(row), report, circumstances());
  if (ended.closing.outcome == policy::Outcome::accepted) {
    last_success_ = now;
  } else if (!pace_.is_fit()) {
    ended.closing.cost = queue::Cost::none;
    if (std::holds_alternative<policy::Resend>(ended.closing.next) &&
        purpose == Purpose::delivery) {
      ended.closing.next = policy::RetryAt{utc_now(), ended.closing.detail};
    }
  }
  return ended;
}

void Scheduler::end_refused(EndedAttempt refused, const api::AttemptReport& report, Instant began) {
  const JudgedLook look = judge_look(report, refused.row.claim, settings_.allowlist);
  learn_from_look(report, look, refused.row.claim, began);
  reconsider(refused, settings_.retry, look, circumstances());
  came_back(std::move(refused));
}

Circumstances Scheduler::circumstances() {
  Circumstances at;
  at.now = utc_now();
  at.destination_unfit = !pace_.is_fit();
  at.recent_success = last_success_ && clock_.steady_now() - *last_success_ < kSuccessSpeaksFor;
  at.unit_random = random_.unit();
  at.clock_moved = clock_moved_;
  return at;
}

void Scheduler::learn_from_look(const api::AttemptReport& report,
                                const JudgedLook& look,
                                const queue::Claim& claim,
                                Instant began) {
  Returned returned;
  returned.rfi = claim.attempt.rfi;
  returned.customer_id = claim.customer_id;
  returned.request = policy::Sign::Request::look;
  returned.fresh_token = true;  // a look asks again with a new token by itself
  returned.verdict = look.verdict;
  returned.http_status = look.http_status;
  returned.retry_after = look.retry_after;
  learn(returned, report.timings, began);
}

void Scheduler::learn(Returned returned, const api::Timings& timings, Instant began) {
  returned.started = since_epoch(began);
  returned.ended = since_epoch(clock_.steady_now());
  returned.round_trip = timings.send + timings.wait;
  returned.in_flight = rows_.in_flight();
  const policy::Turn turn = pace_.learn(returned, random_.unit());
  rows_.set_window(pace_.window());
  if (turn == policy::Turn::none) {
    return;
  }
  if (turn == policy::Turn::became_unfit) {
    std::ranges::move(pace_.take_wronged(), std::back_inserter(refunds_));
    log_unfit(log_, pace_.destination());
  } else {
    // The rows that waited may go again.
    queue_changed_ = true;
    log_fit(log_, pace_.destination(), returned.ended);
  }
  if (turned_) {
    turned_();
  }
}

/// The attempt's request has ended: its slot on the wire is free, and the next row leaves before
/// the disk is asked for anything.
void Scheduler::came_back(EndedAttempt ended) {
  rows_.came_back(ended.row.standing);
  put_down(std::move(ended));
  send_what_may_go();
  wakeup_.notify_all();
}

void Scheduler::put_down(EndedAttempt ended) {
  ended.ended_at = clock_.steady_now();
  ended_.push_back(std::move(ended));
}

}  // namespace rfi::service
