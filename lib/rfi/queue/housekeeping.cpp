// What the store does for rows nobody claims: deadlines, cancelled rows, rows whose customer has
// become free.
#include "rfi/queue/store.hpp"

#include <algorithm>
#include <utility>

namespace rfi::queue {
namespace {

/// Each exchange does so much of each chore at most: none of them delays a claim.
constexpr std::size_t kBatch = 64;
/// A safety net, not the way: rows of a free customer are brought in when its row is closed.
constexpr std::chrono::minutes kVisitWhenIdle{1};
constexpr std::chrono::minutes kVisitWhenBusy{10};

}  // namespace

bool Store::is_work_due(const Work& work) const {
  const UtcTime now = work.exchange.now;
  const auto deadline = work.line->next_deadline();
  const bool visit_due = visiting_ || !next_visit_ || now >= *next_visit_;
  return (deadline && *deadline <= now) || !work.line->cancelled(1).empty() ||
         (visit_due && work.customers_wait &&
          work.line->customer_after(visiting_.value_or("")).has_value());
}

void Store::tidy(Work& work) {
  for (Cancelled& cancelled : work.line->cancelled(kBatch)) {
    work.line->stamp_cancelled(cancelled.id, work.exchange.now);
    prepared_.erase(cancelled.id);
    work.freed.push_back(cancelled.customer_id);
    work.result.cancelled.push_back(std::move(cancelled));
  }
  for (const LineRow& row : work.line->overdue(work.exchange.now, kBatch)) {
    fail(work,
         row,
         policy::Failure::expired,
         row.detail.empty() ? "its deadline has passed"
                            : "its deadline has passed; last: " + row.detail);
  }
  release_freed(work);
  visit_waiting_customers(work);
}

void Store::count(Work& work, policy::RfiState state, std::optional<policy::Failure> failure) {
  ++work.finished[{state, failure}];
}

void Store::fail(
    Work& work, const LineRow& row, policy::Failure failure, std::string detail, bool violation) {
  if (session_->ledger().fail_row(row.id, failure, detail, work.exchange.now) == Applied::no) {
    return;
  }
  count(work, policy::RfiState::failed, failure);
  work.result.refused.push_back({.id = row.id,
                                 .reference = row.reference,
                                 .customer_id = row.customer_id,
                                 .failure = failure,
                                 .detail = std::move(detail),
                                 .allowlist_violation = violation});
  prepared_.erase(row.id);
  work.freed.push_back(row.customer_id);
}

void Store::release_freed(Work& work) {
  for (const std::string& customer_id : std::exchange(work.freed, {})) {
    release(work, customer_id);
  }
}

void Store::release(Work& work, const std::string& customer_id) {
  if (!work.customers_wait || work.busy.contains(customer_key(customer_id))) {
    return;
  }
  if (const auto waiting = work.line->best_of_customer(customer_id)) {
    work.line->bring_in(waiting->id);
  }
}

/// Whether a round begins; with nobody to be visited it is over at once.
bool Store::begin_visits(const Work& work) {
  const UtcTime now = work.exchange.now;
  if (visiting_ || (next_visit_ && now < *next_visit_)) {
    return visiting_.has_value();
  }
  next_visit_ = now + (work.line->is_empty() ? kVisitWhenIdle : kVisitWhenBusy);
  if (work.customers_wait) {
    visiting_ = "";
  }
  return work.customers_wait;
}

void Store::visit_waiting_customers(Work& work) {
  if (!begin_visits(work)) {
    return;
  }
  for (std::size_t visited = 0; visited < kBatch && visiting_; ++visited) {
    visiting_ = work.line->customer_after(*visiting_);
    if (visiting_) {
      release(work, *visiting_);
    }
  }
}

void Store::look_ahead(Work& work) const {
  const UtcTime now = work.exchange.now;
  if (work.line == nullptr) {
    work.result.next_due = now + kLookWhenBlocked;  // not empty, and not to be asked in a circle
    return;
  }
  const auto time = work.line->next_time();
  const auto deadline = work.line->next_deadline();
  work.result.more_due = !work.line->is_empty() || (time && *time <= now);
  work.result.next_due = deadline;
  const auto at = [&next_due = work.result.next_due](UtcTime moment) {
    next_due = std::min(moment, next_due.value_or(moment));
  };
  if (time && *time > now) {
    at(*time);
  }
  if (work.line->customer_after("")) {
    at(next_visit_.value_or(now));
  }
}

}  // namespace rfi::queue
