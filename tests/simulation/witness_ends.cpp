// Whether a row ended as it must: what the daemon says of it against what really happened.
#include "simulation/witness.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rfi::simulation {
namespace {

using policy::Failure;
using policy::Outcome;
using policy::RfiState;

}  // namespace

/// It has landed, and no look since then showed anything open that might be part of it.
bool Witness::landed_and_seen(const Row& row) {
  return row.landed_at && (!row.looked_open_at || *row.looked_open_at < *row.landed_at);
}

void Witness::check_end(const StoredRow& stored, const Row& row) {
  switch (stored.state) {
    case RfiState::pending:
    case RfiState::submitting:
    case RfiState::cancelled:
      return;
    case RfiState::submitted: {
      const bool recorded = std::ranges::any_of(stored.history, [](const StoredAttempt& attempt) {
        return attempt.outcome == Outcome::accepted || attempt.outcome == Outcome::confirmed;
      });
      if (!recorded || (!row.landed_at && !row.looked_closed_at)) {
        report(Promise::success_is_proven, stored.reference, "submitted, and never landed");
      }
      return;
    }
    case RfiState::failed:
      break;
  }
  switch (stored.failure.value_or(Failure::invalid)) {
    case Failure::invalid:
      if (row.kind != RfiKind::unsendable) {
        report(Promise::no_row_pays_for_others, stored.reference, "invalid: " + stored.detail);
      }
      return;
    case Failure::rejected:
      check_rejected(stored, row);
      return;
    case Failure::exhausted:
      check_exhausted(stored, row);
      return;
    case Failure::expired:
      check_expired(stored, row);
      return;
  }
}

void Witness::check_rejected(const StoredRow& stored, const Row& row) {
  const bool looks = settings_.reconcile != policy::Reconcile::never;
  if (looks && landed_and_seen(row)) {
    report(Promise::no_row_pays_for_others, stored.reference, "rejected although it had landed");
    return;
  }
  if (row.was_refused_by_provider) {
    return;
  }
  if (!row.was_refused_by_outage || row.paid_too_late) {
    report(Promise::no_row_pays_for_others,
           stored.reference,
           "rejected, and the provider never refused it: " + stored.detail);
  }
}

void Witness::check_exhausted(const StoredRow& stored, const Row& row) {
  if (row.own_attempts < strictest_.max_attempts) {
    report(Promise::no_row_pays_for_others,
           stored.reference,
           fmt::format("exhausted after {} attempts of its own", row.own_attempts));
  }
}

void Witness::check_expired(const StoredRow& stored, const Row& row) {
  if (stored.deadline && clock_.latest() >= *stored.deadline) {
    return;
  }
  const auto age =
      std::chrono::duration_cast<milliseconds>(clock_.steady_now() - row.due_from) + unseen_jumps_;
  if (age - row.unfit_since_due < strictest_.give_up_after) {
    report(Promise::no_row_pays_for_others,
           stored.reference,
           fmt::format("expired at the age of {} s, {} s of them unfit",
                       age.count() / 1000,
                       row.unfit_since_due.count() / 1000));
  }
}

void Witness::run_ends(bool drained) {
  const bool looks = settings_.reconcile != policy::Reconcile::never;
  committed(0, false);
  for (const StoredRow& stored : image_.rows) {
    const Row* row = find(stored.reference);
    if (row == nullptr ||
        (stored.state != RfiState::pending && stored.state != RfiState::submitting)) {
      continue;
    }
    // While nobody else has a row to deliver, a row that the API refuses to everybody's eyes may
    // keep the destination unfit for ever: that is for a human.
    const bool deliverable = row->kind == RfiKind::good && row->temper == Provider::Temper::open &&
                             ((looks && landed_and_seen(*row)) || !row->was_refused_by_provider);
    if (deliverable || drained) {
      report(Promise::all_is_delivered,
             stored.reference,
             fmt::format("still {}, {}", policy::to_string(stored.state), stored.detail));
    }
  }
}

}  // namespace rfi::simulation
