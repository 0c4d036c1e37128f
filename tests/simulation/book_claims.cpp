#include "simulation/book.hpp"

#include <algorithm>
#include <utility>

namespace rfi::simulation {
namespace {

using policy::Outcome;
using queue::Verdict;

queue::LineRow line_row(const StoredRow& row) {
  return {.id = row.id,
          .reference = row.reference,
          .customer_id = row.customer_id,
          .priority = row.priority,
          .deadline = row.deadline,
          .due_at = row.due_at(),
          .waited_since = row.waited_since(),
          .retried_at = row.retried_at,
          .attempts = row.attempts,
          .detail = row.detail};
}

/// `pause` to twice that.
std::chrono::milliseconds spread(std::chrono::milliseconds pause, RfiId id) {
  constexpr std::int64_t kSteps = 16;
  return pause * (kSteps + static_cast<std::int64_t>(id) % kSteps) / kSteps;
}

void recall_history(const StoredRow& row, const queue::UnfitPeriods& unfit, queue::Claim& claim) {
  std::int64_t last_number = 0;
  for (const StoredAttempt& attempt : row.history) {
    last_number = std::max(last_number, attempt.number);
    if (attempt.outcome && *attempt.outcome != Outcome::not_sent) {
      claim.previous = attempt.outcome;
    }
    if (attempt.outcome == Outcome::unknown || attempt.outcome == Outcome::unavailable) {
      claim.doubt = queue::Doubt::may_have_landed;
    }
    if (!row.retried_at || attempt.started_at >= *row.retried_at) {
      ++claim.tries;
      const bool counts =
          attempt.outcome == Outcome::rejected && !unfit.contains(attempt.started_at);
      claim.rejections += counts ? 1 : 0;
    }
  }
  claim.attempt = {.rfi = row.id, .number = last_number + 1};
}

}  // namespace

void Book::claim(Work& work) {
  const std::size_t wanted = work.exchange.claim_limit + (plant_ == Plant::open_too_many ? 1 : 0);
  if (work.exchange.claim_limit == 0) {
    return;
  }
  std::vector<queue::LineRow> line;
  for (StoredRow& row : image_.rows) {
    if (row.is_pending(WaitingFor::time) && row.due_at() <= work.exchange.now) {
      row.waiting_for = WaitingFor::line;
    }
    if (row.is_pending(WaitingFor::line)) {
      line.push_back(line_row(row));
      if (plant_ == Plant::send_early) {
        line.back().due_at = UtcTime{};
      }
      if (plant_ == Plant::send_late) {
        line.back().deadline.reset();
      }
    }
  }
  auto aged = line;
  std::ranges::sort(line, queue::goes_before);
  std::ranges::sort(aged, [this](const queue::LineRow& a, const queue::LineRow& b) {
    return std::pair(image_.find(a.id)->created_at, a.id) <
           std::pair(image_.find(b.id)->created_at, b.id);
  });
  const auto decisions = queue::plan_claims({.line = line,
                                             .aged = aged,
                                             .now = work.exchange.now,
                                             .claim_limit = wanted,
                                             .retry_limit = work.exchange.retry_limit,
                                             .claims_before = claims_made_,
                                             .probing = work.exchange.destination_unfit,
                                             .limits = limits_},
                                            unfit_,
                                            queue::BusyCustomers{work.busy});
  for (const queue::Decision& decision : decisions) {
    carry_out(work, decision);
  }
  release_freed(work);
}

void Book::carry_out(Work& work, const queue::Decision& decision) {
  StoredRow& row = *image_.find(decision.row.id);
  const auto because = [&row](const std::string& reason) {
    return row.detail.empty() ? reason : reason + "; last: " + row.detail;
  };
  switch (decision.verdict) {
    case Verdict::wait_for_time:
      row.waiting_for = WaitingFor::time;
      work.freed.push_back(row.customer_id);
      return;
    case Verdict::wait_for_customer:
      row.waiting_for = WaitingFor::customer;
      return;
    case Verdict::wait_for_budget:
      row.next_attempt_at = work.exchange.now + spread(work.exchange.retry_pause, row.id);
      row.waiting_for = WaitingFor::time;
      work.freed.push_back(row.customer_id);
      return;
    case Verdict::expire:
      fail(work, row, policy::Failure::expired, because("its deadline has passed"));
      return;
    case Verdict::give_up:
      fail(work, row, policy::Failure::expired, because("retry.give_up_after has passed"));
      return;
    case Verdict::exhaust:
      fail(work, row, policy::Failure::exhausted, because("retry.max_attempts are used up"));
      return;
    case Verdict::claim:
      break;
  }
  const Built& what = built(row);
  if (const auto* unsendable = std::get_if<queue::Unsendable>(&what)) {
    fail(work, row, policy::Failure::invalid, unsendable->detail, unsendable->allowlist_violation);
    return;
  }
  open(work, row, std::get<queue::Prepared>(what));
}

/// Pure, and documents never change: built once.
const Book::Built& Book::built(const StoredRow& row) {
  const auto found = prepared_.find(row.id);
  if (found != prepared_.end()) {
    return found->second;
  }
  auto what = prepare_({row.id, row.reference, row.customer_id, row.requested, row.documents});
  return prepared_.emplace(row.id, std::move(what)).first->second;
}

void Book::open(Work& work, StoredRow& row, const queue::Prepared& prepared) {
  const UtcTime now = work.exchange.now;
  row.state = policy::RfiState::submitting;
  ++row.attempts;
  row.next_attempt_at.reset();
  queue::Claim claim;
  recall_history(row, unfit_, claim);
  if (plant_ != Plant::forget_attempt) {
    row.history.push_back({claim.attempt.number, now, std::nullopt, prepared.body_sha256});
  }
  work.open.insert_or_assign(row.id, OpenRow{claim.attempt.number, row.customer_id});
  work.busy.insert(queue::customer_key(row.customer_id));
  claim.reference = row.reference;
  claim.customer_id = row.customer_id;
  claim.prepared = prepared;
  claim.started_at = now;
  claim.waited_since = unfit_.moved_on(row.waited_since(), now);
  claim.deadline = row.deadline;
  claim.attempts = row.attempts;
  claim.requested = row.requested;
  if (plant_ == Plant::send_late) {
    claim.deadline.reset();
  }
  if (plant_ == Plant::send_blindly) {
    claim.doubt = queue::Doubt::none;
    claim.previous.reset();
  }
  work.result.claims.push_back(std::move(claim));
}

}  // namespace rfi::simulation
