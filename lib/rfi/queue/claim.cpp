// Claims: a look without a lock, bodies built outside any transaction, then the decisions under the
// lock.
#include "rfi/queue/store.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace rfi::queue {
namespace {

/// Rows read beyond the claims wanted, for those that turn out to be waiting: by what the last plan
/// met.
constexpr std::size_t kLeastSlack = 4;
constexpr std::size_t kMostSlack = 64;
constexpr std::size_t kNewest = 16;
/// Rows that have become due are brought into line in batches of this size, or twice the claims
/// wanted.
constexpr std::size_t kDueBatch = 256;
/// Claims by the handful come from a line that is nearly empty, or of a slow API.
constexpr std::size_t kWorthBuildingAhead = 8;

/// `pause` to twice that.
std::chrono::milliseconds spread(std::chrono::milliseconds pause, RfiId id) {
  constexpr std::int64_t kSteps = 16;
  return pause * (kSteps + static_cast<std::int64_t>(id) % kSteps) / kSteps;
}

std::size_t aged_limit(std::size_t claims) {
  return claims / kAgeingSlots + 8;
}

/// A re-send keeps its customer busy.
bool leaves_its_customer(const Closing& closing) {
  return !std::holds_alternative<policy::Resend>(closing.next);
}

}  // namespace

Store::Outlook Store::look(Work& work) {
  const Transaction reading(session_->database(), TransactionKind::read);
  Outlook outlook;
  outlook.data_version = session_->data_version();
  note_version(outlook.data_version);
  work.line = session_->line();
  outlook.upsetting = !work.exchange.refunds.empty() ||
                      work.exchange.clock_shift != std::chrono::milliseconds{0} ||
                      work.exchange.destination_unfit != unfit_.unfit_now();
  outlook.work = outlook.upsetting || !work.exchange.closings.empty() ||
                 !work.exchange.uploads.empty() || !work.exchange.completions.empty();
  blocked_ = work.line == nullptr;
  if (blocked_) {
    look_ahead(work);
    return outlook;
  }
  work.customers_wait = work.line->customer_after("").has_value();
  auto due = due_rows(work);
  for (const LineRow& row : due) {
    outlook.due.push_back(row.id);
  }
  outlook.decisions = plan(work, likely_line(work, std::move(due)));
  const bool chores = is_work_due(work);
  if (!work.customers_wait) {
    (void)begin_visits(work);
  }
  outlook.upsetting = outlook.upsetting || chores;
  outlook.work = outlook.work || !outlook.decisions.empty() || chores;
  for (const auto& [row, verdict] : outlook.decisions) {
    if (verdict == Verdict::claim && prepared_.find(row.id) == nullptr) {
      if (auto candidate = work.line->candidate(row.id)) {
        outlook.unprepared.push_back(*std::move(candidate));
      }
    }
  }
  outlook.ahead = look_further(work, outlook.decisions);
  if (!outlook.work) {
    look_ahead(work);
  }
  return outlook;
}

/// Only behind a line that is longer than what is claimed of it.
std::vector<Candidate> Store::look_further(const Work& work,
                                           const std::vector<Decision>& decisions) {
  const auto wanted = work.exchange.claim_limit;
  if (wanted < kWorthBuildingAhead || decisions.size() < wanted) {
    return {};
  }
  std::vector<Candidate> ahead;
  std::size_t bytes = 0;
  for (const RfiId id : work.line->ids(decisions.size(), wanted)) {
    if (bytes >= BuildAhead::kMostBytes) {
      break;
    }
    if (prepared_.find(id) == nullptr) {
      if (auto candidate = work.line->candidate(id)) {
        bytes += candidate->documents.size() + candidate->requested.size();
        ahead.push_back(*std::move(candidate));
      }
    }
  }
  return ahead;
}

std::vector<LineRow> Store::due_rows(const Work& work) const {
  const auto wanted = work.exchange.claim_limit;
  return wanted > 0 ? work.line->due(work.exchange.now, std::max(kDueBatch, 2 * wanted))
                    : std::vector<LineRow>{};
}

/// As many rows as are wanted, and some for those that turn out to be waiting. A probe goes by
/// turns, so it sees more: the newest rows above all, which most likely have not been tried yet. If
/// it saw the head alone, enough rows there that hang whatever happens would keep it from all
/// others.
std::vector<LineRow> Store::head_of_line(const Work& work) const {
  const auto wanted = work.exchange.claim_limit;
  if (!work.exchange.destination_unfit) {
    return work.line->first(wanted + std::clamp(2 * passed_over_, kLeastSlack, kMostSlack));
  }
  auto line = work.line->first(wanted + kMostSlack);
  std::ranges::move(work.line->newest(kNewest), std::back_inserter(line));
  return line;
}

/// The line as it will be under the lock: with what is due, and with those who wait for customers
/// whose rows are closed.
std::vector<LineRow> Store::likely_line(const Work& work, std::vector<LineRow> due) const {
  if (work.exchange.claim_limit == 0) {
    return {};
  }
  auto line = head_of_line(work);
  const std::size_t in_order = line.size();
  std::ranges::move(due, std::back_inserter(line));
  for (const Closing& closing : work.exchange.closings) {
    const auto row = open_.find(closing.attempt.rfi);
    if (work.customers_wait && row != open_.end() && leaves_its_customer(closing)) {
      if (auto waiting = work.line->best_of_customer(row->second.customer_id)) {
        line.push_back(*std::move(waiting));
      }
    }
  }
  if (line.size() > in_order) {
    std::ranges::sort(line, goes_before);
  }
  return line;
}

std::vector<Decision> Store::plan(const Work& work, std::vector<LineRow> line) const {
  const auto wanted = work.exchange.claim_limit;
  if (wanted == 0) {
    return {};
  }
  auto aged = work.line->oldest(aged_limit(wanted));
  BusyCustomers busy = work.busy;
  for (const Closing& closing : work.exchange.closings) {
    const OpenRow* row = find_open(work, closing.attempt.rfi);
    if (row != nullptr && leaves_its_customer(closing)) {
      busy.free(customer_key(row->customer_id));
    }
  }
  return plan_claims({.line = line,
                      .aged = aged,
                      .now = work.exchange.now,
                      .claim_limit = wanted,
                      .retry_limit = work.exchange.retry_limit,
                      .claims_before = claims_made_,
                      .probing = work.exchange.destination_unfit,
                      .limits = options_.settings.limits},
                     unfit_in(work),
                     busy);
}

void Store::prepare(std::vector<Candidate> unprepared, std::int64_t data_version) {
  for (Candidate& candidate : unprepared) {
    auto built = options_.settings.prepare(candidate);
    prepared_.insert({.candidate = std::move(candidate),
                      .built = std::move(built),
                      .data_version = data_version});
  }
}

/// Under the lock: what the look has decided, if it still holds, else all of it anew.
std::vector<Decision> Store::decide(Work& work, Outlook outlook, bool holds) {
  if (!holds) {
    work.customers_wait = true;
    tidy(work);
    for (const LineRow& row : due_rows(work)) {
      work.line->bring_in(row.id);
    }
    return work.exchange.claim_limit > 0 ? plan(work, head_of_line(work)) : std::vector<Decision>{};
  }
  release_freed(work);
  for (const RfiId id : outlook.due) {
    work.line->bring_in(id);
  }
  return std::move(outlook.decisions);
}

void Store::claim(Work& work, std::vector<Decision> decisions) {
  passed_over_ = static_cast<std::size_t>(std::ranges::count_if(
      decisions, [](const Decision& decision) { return decision.verdict != Verdict::claim; }));
  for (Decision& decision : decisions) {
    carry_out(work, std::move(decision));
  }
  // At the end: rows behind one that was not claimed after all have been sent to wait for its
  // customer by now.
  release_freed(work);
}

void Store::carry_out(Work& work, Decision decision) {
  LineRow& row = decision.row;
  const auto because = [&row](const std::string& reason) {
    return row.detail.empty() ? reason : reason + "; last: " + row.detail;
  };
  switch (decision.verdict) {
    case Verdict::wait_for_time:
      work.line->wait_for_time(row.id);
      work.waiting.emplace_back(customer_key(row.customer_id), row.id);
      work.freed.push_back(row.customer_id);
      return;
    case Verdict::wait_for_customer:
      compare_with_open(work, row);
      work.line->wait_for_customer(row.id);
      work.customers_wait = true;
      return;
    case Verdict::wait_for_budget:
      // Spread by id, so that they do not all come back at once.
      session_->ledger().postpone_row(
          row.id, work.exchange.now + spread(work.exchange.retry_pause, row.id));
      work.freed.push_back(row.customer_id);
      ++work.result.postponed;
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
  auto* entry = prepared_.find(row.id);
  if (entry == nullptr) {
    return;  // It came after the look: it stays in line and is claimed at the next exchange.
  }
  if (entry->data_version != seen_version_ && !work.line->is_unchanged(entry->candidate)) {
    prepared_.erase(row.id);
    return;
  }
  if (auto* unsendable = std::get_if<Unsendable>(&entry->built)) {
    fail(work, row, policy::Failure::invalid, unsendable->detail, unsendable->allowlist_violation);
    return;
  }
  open(work, std::move(row), entry->candidate.requested, std::get<Prepared>(entry->built));
}

void Store::open(Work& work, LineRow row, std::string requested, Prepared prepared) {
  Ledger& ledger = session_->ledger();
  const UtcTime now = work.exchange.now;
  if (ledger.open_row(row.id, now) == Applied::no) {
    return;
  }
  const auto history =
      row.touched ? ledger.history(row.id, row.retried_at, unfit_in(work)) : History{};
  const AttemptKey key{.rfi = row.id, .number = history.last_number + 1};
  ledger.insert_attempt(key, now, prepared, {options_.version, options_.settings.policy_sha256});
  work.opened.insert_or_assign(row.id, OpenRow{key.number, row.customer_id});
  std::string customer = customer_key(row.customer_id);
  compare_with_waiting(work, row, customer);
  work.busy.take(std::move(customer));
  Claim claim;
  claim.attempt = key;
  claim.reference = std::move(row.reference);
  claim.customer_id = std::move(row.customer_id);
  claim.prepared = std::move(prepared);
  claim.started_at = now;
  claim.waited_since = unfit_in(work).moved_on(row.waited_since, now);
  claim.deadline = row.deadline;
  claim.attempts = row.attempts + 1;
  claim.tries = history.tries + 1;
  claim.rejections = history.rejections;
  claim.previous = history.previous;
  claim.doubt = history.doubt;
  claim.requested = std::move(requested);
  if (!claim.prepared.files.empty()) {
    claim.uploaded = session_->uploads().of(row.id);
  }
  work.result.claims.push_back(std::move(claim));
}

}  // namespace rfi::queue
