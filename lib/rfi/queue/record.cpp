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
  const auto row = work.open.find(closing.attempt.rfi);
  if (row == work.open.end() || row->second.number != closing.attempt.number) {
    throw std::logic_error(fmt::format("attempt {} of RFI {} is closed but was not open",
                                       closing.attempt.number,
                                       static_cast<std::int64_t>(closing.attempt.rfi)));
  }
  Ledger& ledger = session_->ledger();
  const RfiId id = closing.attempt.rfi;
  const UtcTime now = work.exchange.now;
  const auto attempt_open = ledger.attempt_is_open(closing.attempt);
  if (attempt_open.value_or(false)) {
    if (closing.cost == Cost::withdrawn) {
      ledger.withdraw_attempt(closing.attempt);
    } else {
      ledger.finish_attempt(closing);
    }
  }
  if (std::holds_alternative<policy::Resend>(closing.next)) {
    AttemptKey next{.rfi = id, .number = closing.attempt.number + 1};
    if (!ledger.attempt_is_open(next)) {
      next = ledger.repeat_attempt(
          closing.attempt, now, {options_.version, options_.settings.policy_sha256});
    }
    row->second.number = next.number;
    work.result.resends.push_back(next);
    return;
  }
  // A finished attempt means that an earlier commit, thought lost, is in the file; the row has
  // moved on with it.
  const bool recorded_before = attempt_open.has_value() && !*attempt_open;
  if (!recorded_before) {
    const AttemptKey confirmed{.rfi = id, .number = closing.attempt.number + 1};
    if (closing.confirmation && !ledger.attempt_is_open(confirmed)) {
      ledger.insert_confirmed(
          confirmed, *closing.confirmation, {options_.version, options_.settings.policy_sha256});
    }
    const bool costs =
        closing.cost == Cost::by_outcome && policy::costs_an_attempt(closing.outcome);
    const std::int64_t refund = costs ? 0 : 1;
    if (const auto* retry = std::get_if<policy::RetryAt>(&closing.next)) {
      ledger.return_row(id, retry->due, retry->detail, refund, now);
    } else {
      ledger.finish_row(id, std::get<policy::Finish>(closing.next), refund, now);
    }
  }
  work.busy.erase(customer_key(row->second.customer_id));
  work.freed.push_back(row->second.customer_id);
  work.open.erase(row);
}

/// Made twice they change nothing, so an exchange that is made again may carry them again.
void Store::record_uploads(const Work& work) {
  Ledger& ledger = session_->ledger();
  for (const UploadedFile& file : work.exchange.uploads) {
    ledger.save_upload(file);
  }
  for (const Completion& completion : work.exchange.completions) {
    if (ledger.complete_attempt(completion) == Applied::no) {
      throw std::logic_error(fmt::format("attempt {} of RFI {} is completed but was not open",
                                         completion.attempt.number,
                                         static_cast<std::int64_t>(completion.attempt.rfi)));
    }
  }
}

void Store::disown_doubtful(Work& work) {
  Ledger& ledger = session_->ledger();
  for (const auto& [key, reference, customer_id] : ledger.open_attempts()) {
    const auto known = work.open.find(key.rfi);
    if (known != work.open.end() && known->second.number == key.number) {
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
