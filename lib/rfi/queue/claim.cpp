// Claims: a look without a lock, bodies built outside any transaction, then the decisions under the
// lock.
#include "rfi/queue/store.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace rfi::queue {
namespace {

/// Rows read beyond the claims wanted, for those that turn out to be waiting.
constexpr std::size_t kSlack = 64;
/// Rows that have become due are brought into line in batches of this size, or twice the claims
/// wanted.
constexpr std::size_t kDueBatch = 256;

/// `pause` to twice that.
std::chrono::milliseconds spread(std::chrono::milliseconds pause, RfiId id) {
  constexpr std::int64_t kSteps = 16;
  return pause * (kSteps + static_cast<std::int64_t>(id) % kSteps) / kSteps;
}

std::size_t aged_limit(std::size_t claims) {
  return claims / kAgeingSlots + 8;
}

}  // namespace

Store::Outlook Store::look(Work& work) {
  const Transaction reading(session_->database(), TransactionKind::read);
  Outlook outlook;
  seen_version_ = outlook.data_version = session_->data_version();
  work.line = session_->line();
  outlook.work = !work.exchange.closings.empty() || !work.exchange.refunds.empty() ||
                 !work.exchange.uploads.empty() || !work.exchange.completions.empty() ||
                 work.exchange.clock_shift != std::chrono::milliseconds{0} ||
                 work.exchange.destination_unfit != unfit_.unfit_now();
  blocked_ = work.line == nullptr;
  if (blocked_) {
    look_ahead(work);
    return outlook;
  }
  const auto decisions = plan(work, likely_line(work));
  outlook.work = outlook.work || !decisions.empty() || is_work_due(work);
  for (const auto& [row, verdict] : decisions) {
    if (verdict == Verdict::claim && prepared_.find(row.id) == nullptr) {
      if (auto candidate = work.line->candidate(row.id)) {
        outlook.unprepared.push_back(*std::move(candidate));
      }
    }
  }
  if (!outlook.work) {
    look_ahead(work);
  }
  return outlook;
}

std::vector<LineRow> Store::likely_line(const Work& work) {
  const auto wanted = work.exchange.claim_limit;
  if (wanted == 0) {
    return {};
  }
  auto line = work.line->first(wanted + kSlack);
  auto due = work.line->due(work.exchange.now, std::max(kDueBatch, 2 * wanted));
  std::ranges::move(due, std::back_inserter(line));
  for (const Closing& closing : work.exchange.closings) {
    const auto row = open_.find(closing.attempt.rfi);
    if (row != open_.end() && !std::holds_alternative<policy::Resend>(closing.next)) {
      if (auto waiting = work.line->best_of_customer(row->second.customer_id)) {
        line.push_back(*std::move(waiting));
      }
    }
  }
  std::ranges::sort(line, goes_before);
  return line;
}

std::vector<Decision> Store::plan(const Work& work, std::vector<LineRow> line) const {
  const auto wanted = work.exchange.claim_limit;
  if (wanted == 0) {
    return {};
  }
  const auto aged = work.line->oldest(aged_limit(wanted));
  return plan_claims({.line = line,
                      .aged = aged,
                      .now = work.exchange.now,
                      .claim_limit = wanted,
                      .retry_limit = work.exchange.retry_limit,
                      .claims_before = claims_made_,
                      .probing = work.exchange.destination_unfit,
                      .limits = options_.settings.limits},
                     unfit_in(work),
                     work.busy);
}

void Store::prepare(Outlook outlook) {
  for (Candidate& candidate : outlook.unprepared) {
    auto built = options_.settings.prepare(candidate);
    prepared_.insert({.candidate = std::move(candidate),
                      .built = std::move(built),
                      .data_version = outlook.data_version});
  }
}

void Store::claim(Work& work) {
  const auto wanted = work.exchange.claim_limit;
  if (wanted == 0) {
    return;
  }
  for (const LineRow& row : work.line->due(work.exchange.now, std::max(kDueBatch, 2 * wanted))) {
    work.line->bring_in(row.id);
  }
  for (const Decision& decision : plan(work, work.line->first(wanted + kSlack))) {
    carry_out(work, decision);
  }
  // At the end: rows behind one that was not claimed after all have been sent to wait for its
  // customer by now.
  release_freed(work);
}

void Store::carry_out(Work& work, const Decision& decision) {
  const LineRow& row = decision.row;
  const auto because = [&row](const std::string& reason) {
    return row.detail.empty() ? reason : reason + "; last: " + row.detail;
  };
  switch (decision.verdict) {
    case Verdict::wait_for_time:
      work.line->wait_for_time(row.id);
      work.freed.push_back(row.customer_id);
      return;
    case Verdict::wait_for_customer:
      work.line->wait_for_customer(row.id);
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
  open(work, row, entry->candidate.requested, std::get<Prepared>(entry->built));
}

void Store::open(Work& work, const LineRow& row, std::string requested, Prepared prepared) {
  Ledger& ledger = session_->ledger();
  const UtcTime now = work.exchange.now;
  if (ledger.open_row(row.id, now) == Applied::no) {
    return;
  }
  const auto history = ledger.history(row.id, row.retried_at, unfit_in(work));
  const AttemptKey key{.rfi = row.id, .number = history.last_number + 1};
  ledger.insert_attempt(key, now, prepared, {options_.version, options_.settings.policy_sha256});
  work.open.insert_or_assign(row.id, OpenRow{key.number, row.customer_id});
  work.busy.insert(customer_key(row.customer_id));
  Claim claim;
  claim.attempt = key;
  claim.reference = row.reference;
  claim.customer_id = row.customer_id;
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
    claim.uploaded = ledger.uploads(row.id);
  }
  work.result.claims.push_back(std::move(claim));
}

}  // namespace rfi::queue
