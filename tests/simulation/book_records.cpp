#include "simulation/book.hpp"

#include "rfi/policy/retry.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace rfi::simulation {

using policy::RfiState;

void Book::return_row(StoredRow& row,
                      std::optional<UtcTime> due,
                      const std::string& detail,
                      std::int64_t refund,
                      UtcTime now) {
  row.state = RfiState::pending;
  row.next_attempt_at = due;
  row.detail = detail;
  row.attempts = std::max<std::int64_t>(row.attempts - refund, 0);
  row.waiting_for = due && *due > now ? WaitingFor::time : WaitingFor::line;
}

void Book::record(Work& work, const queue::Closing& closing) {
  const auto known = work.open.find(closing.attempt.rfi);
  if (known == work.open.end() || known->second.number != closing.attempt.number) {
    throw std::logic_error("an attempt is closed that was not open");
  }
  StoredRow& row = *image_.find(closing.attempt.rfi);
  StoredAttempt* attempt = row.attempt(closing.attempt.number);
  const bool recorded_before = attempt != nullptr && attempt->outcome.has_value();
  if (attempt != nullptr && !recorded_before) {
    if (closing.cost == queue::Cost::withdrawn) {
      std::erase_if(row.history, [&closing](const StoredAttempt& stored) {
        return stored.number == closing.attempt.number;
      });
    } else {
      attempt->outcome = closing.outcome;
    }
  }
  if (std::holds_alternative<policy::Resend>(closing.next)) {
    const queue::AttemptKey next{closing.attempt.rfi, closing.attempt.number + 1};
    if (row.attempt(next.number) == nullptr && plant_ != Plant::forget_attempt) {
      row.history.push_back({next.number,
                             work.exchange.now,
                             std::nullopt,
                             row.attempt(closing.attempt.number)->body_sha256});
    }
    known->second.number = next.number;
    work.result.resends.push_back(next);
    return;
  }
  if (!recorded_before) {
    settle_row(work, row, closing);
  }
  work.busy.erase(queue::customer_key(known->second.customer_id));
  work.freed.push_back(known->second.customer_id);
  work.open.erase(known);
}

void Book::settle_row(Work& work, StoredRow& row, const queue::Closing& closing) {
  if (closing.confirmation && row.attempt(closing.attempt.number + 1) == nullptr) {
    row.history.push_back({closing.attempt.number + 1,
                           closing.confirmation->looked_at,
                           policy::Outcome::confirmed,
                           {}});
  }
  const bool costs =
      plant_ == Plant::use_up_attempts ||
      (closing.cost == queue::Cost::by_outcome && policy::costs_an_attempt(closing.outcome));
  const std::int64_t refund = costs ? 0 : 1;
  if (const auto* retry = std::get_if<policy::RetryAt>(&closing.next)) {
    return_row(row, retry->due, retry->detail, refund, work.exchange.now);
    return;
  }
  const auto& finish = std::get<policy::Finish>(closing.next);
  row.attempts = std::max<std::int64_t>(row.attempts - refund, 0);
  row.state = finish.state;
  row.failure = finish.failure;
  row.detail = finish.detail;
  row.finished_at = work.exchange.now;
  row.next_attempt_at.reset();
}

void Book::disown_doubtful(Work& work) {
  for (StoredRow& row : image_.rows) {
    for (StoredAttempt& attempt : row.history) {
      const auto known = work.open.find(row.id);
      const bool ours = known != work.open.end() && known->second.number == attempt.number;
      if (attempt.outcome || ours) {
        continue;
      }
      attempt.outcome = policy::Outcome::not_sent;
      if (row.state == RfiState::submitting) {
        return_row(row,
                   std::nullopt,
                   "the commit that opened this attempt was in doubt, so nothing was sent",
                   1,
                   work.exchange.now);
      }
    }
  }
}

void Book::obey_clock(Work& work) {
  const auto shift = work.exchange.clock_shift;
  if (shift == std::chrono::milliseconds{0}) {
    return;
  }
  const UtcTime before = work.exchange.now - shift;
  const UtcTime since = std::min(before, work.exchange.now);
  for (StoredRow& row : image_.rows) {
    if (row.is_pending(WaitingFor::time) && row.next_attempt_at && *row.next_attempt_at > since) {
      *row.next_attempt_at += shift;
    }
  }
  const bool unfit = unfit_.unfit_now();
  if (shift > std::chrono::milliseconds{0} && !unfit) {
    save_period({before, work.exchange.now});
  } else if (shift < std::chrono::milliseconds{0} && unfit) {
    end_unfit_periods(before);
    save_period({work.exchange.now, std::nullopt});
  }
}

void Book::note_fitness(Work& work) {
  const bool unfit = work.exchange.destination_unfit;
  if (unfit == unfit_.unfit_now()) {
    return;
  }
  if (unfit) {
    save_period({work.exchange.now, std::nullopt});
  } else {
    end_unfit_periods(work.exchange.now);
  }
}

void Book::end_unfit_periods(UtcTime end) {
  const queue::UnfitPeriods before = unfit_;
  for (const auto& period : before.periods()) {
    if (!period.ended_at) {
      save_period({period.started_at, std::max(period.started_at, end)});
    }
  }
}

void Book::save_period(const queue::UnfitPeriods::Period& period) {
  image_.save_period(period);
  unfit_ = queue::UnfitPeriods(image_.unfit_periods);
}

}  // namespace rfi::simulation
