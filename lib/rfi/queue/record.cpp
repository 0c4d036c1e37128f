// The write side of closings: attempts and rows get their outcome, and a doubtful commit is cleared
// up.
#include "rfi/policy/retry.hpp"
#include "rfi/queue/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <variant>

namespace rfi::queue {

void Store::record(Work& work, const Closing& closing) {
  const OpenRow* row = find_open(work, closing.attempt.rfi);
  if (row == nullptr || row->number != closing.attempt.number) {
    throw std::logic_error(fmt::format("attempt {} of RFI {} is closed but was not open",
                                       closing.attempt.number,
                                       static_cast<std::int64_t>(closing.attempt.rfi)));
  }
  Ledger& ledger = session_->ledger();
  const RfiId id = closing.attempt.rfi;
  const UtcTime now = work.exchange.now;
  const std::string customer_id = row->customer_id;
  const Applied ended = closing.cost == Cost::withdrawn ? ledger.withdraw_attempt(closing.attempt)
                                                        : ledger.finish_attempt(closing);
  if (std::holds_alternative<policy::Resend>(closing.next)) {
    AttemptKey next{.rfi = id, .number = closing.attempt.number + 1};
    if (!ledger.attempt_exists(next)) {
      next = ledger.repeat_attempt(
          closing.attempt, now, {options_.version, options_.settings.policy_sha256});
    }
    work.opened.insert_or_assign(id, OpenRow{next.number, customer_id});
    work.result.resends.push_back(next);
    return;
  }
  // An attempt that was finished before means that an earlier commit, thought lost, is in the file;
  // the row has moved on with it.
  const bool recorded_before = ended == Applied::no && ledger.attempt_exists(closing.attempt);
  if (!recorded_before) {
    const AttemptKey confirmed{.rfi = id, .number = closing.attempt.number + 1};
    if (closing.confirmation && !ledger.attempt_exists(confirmed)) {
      ledger.insert_confirmed(
          confirmed, *closing.confirmation, {options_.version, options_.settings.policy_sha256});
    }
    const bool costs =
        closing.cost == Cost::by_outcome && policy::costs_an_attempt(closing.outcome);
    const std::int64_t refund = costs ? 0 : 1;
    if (const auto* retry = std::get_if<policy::RetryAt>(&closing.next)) {
      ledger.return_row(id, retry->due, retry->detail, refund, now);
      work.waiting.emplace_back(customer_key(customer_id), id);
    } else {
      const auto& finish = std::get<policy::Finish>(closing.next);
      if (ledger.finish_row(id, finish, refund, now) == Applied::yes) {
        count(work, finish.state, finish.failure);
      }
    }
  }
  work.opened.erase(id);
  work.closed.insert(id);
  work.busy.free(customer_key(customer_id));
  work.freed.push_back(customer_id);
}

void Store::record_uploads(const Work& work) {
  UploadBook& uploads = session_->uploads();
  for (const UploadedFile& file : work.exchange.uploads) {
    uploads.save(file);
  }
  for (const Completion& completion : work.exchange.completions) {
    uploads.complete(completion);
  }
}

void Store::disown_doubtful(Work& work) {
  Ledger& ledger = session_->ledger();
  for (const auto& [key, reference, customer_id] : ledger.open_attempts()) {
    const OpenRow* known = find_open(work, key.rfi);
    if (known != nullptr && known->number == key.number) {
      continue;
    }
    Closing closing;
    closing.attempt = key;
    closing.outcome = policy::Outcome::not_sent;
    closing.finished_at = work.exchange.now;
    closing.detail = "the commit that opened this attempt was in doubt, so nothing was sent";
    ledger.finish_attempt(closing);
    ledger.return_row(key.rfi, std::nullopt, closing.detail, 1, work.exchange.now);
  }
}

/// The machine's clock was set. What waits for a time of our own making waits as long as before,
/// and a jump forward makes no row older.
void Store::obey_clock(Work& work) {
  const auto shift = work.exchange.clock_shift;
  if (shift == std::chrono::milliseconds{0}) {
    return;
  }
  const UtcTime before = work.exchange.now - shift;
  // Back: what fell due in the dispute waits for a time of the old clock as well.
  session_->ledger().shift_waits(std::min(before, work.exchange.now), shift);
  const bool unfit = unfit_in(work).unfit_now();
  if (shift > std::chrono::milliseconds{0} && !unfit) {
    save_period(work, {before, work.exchange.now});
  } else if (shift < std::chrono::milliseconds{0} && unfit) {
    // It goes on in the new time, or rows queued from now on would be older than it.
    end_unfit_periods(work, before);
    save_period(work, {work.exchange.now, std::nullopt});
  }
}

void Store::note_fitness(Work& work) {
  const bool unfit = work.exchange.destination_unfit;
  if (unfit == unfit_in(work).unfit_now()) {
    return;
  }
  if (unfit) {
    save_period(work, {work.exchange.now, std::nullopt});
    return;
  }
  end_unfit_periods(work, work.exchange.now);
}

void Store::end_unfit_periods(Work& work, UtcTime end) {
  const UnfitPeriods before = unfit_in(work);
  for (const UnfitPeriods::Period& period : before.periods()) {
    if (!period.ended_at) {
      save_period(work, {period.started_at, std::max(period.started_at, end)});
    }
  }
}

void Store::save_period(Work& work, const UnfitPeriods::Period& period) {
  session_->ledger().save_period(period);
  work.unfit = session_->ledger().unfit_periods();
}

}  // namespace rfi::queue
