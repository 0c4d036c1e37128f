#include "simulation/book.hpp"

#include <chrono>
#include <utility>

namespace rfi::simulation {
namespace {

using policy::RfiState;

constexpr std::chrono::minutes kVisitEvery{1};

}  // namespace

Book::Book(QueueImage& image, queue::Prepare prepare, queue::ClaimLimits limits, Plant plant)
    : image_(image),
      prepare_(std::move(prepare)),
      limits_(limits),
      plant_(plant),
      unfit_(image.unfit_periods) {}

std::vector<queue::Recovered> Book::recover(UtcTime now) {
  std::vector<queue::Recovered> recovered;
  for (StoredRow& row : image_.rows) {
    bool was_open = false;
    for (StoredAttempt& attempt : row.history) {
      if (!attempt.outcome) {
        was_open = true;
        attempt.outcome = policy::Outcome::unknown;
        recovered.push_back({{row.id, attempt.number}, row.reference, row.customer_id});
      }
    }
    if (row.state == RfiState::submitting) {
      return_row(row,
                 std::nullopt,
                 was_open ? "the service ended while this attempt was open" : row.detail,
                 0,
                 now);
    }
  }
  open_.clear();
  Work nobody_is_busy{.exchange = {}, .result = {}, .open = {}, .busy = {}, .freed = {}};
  for (const StoredRow& row : image_.rows) {
    release(nobody_is_busy, row.customer_id);
  }
  return recovered;
}

queue::ExchangeResult Book::exchange(const queue::Exchange& exchange, Commit commit) {
  if (commit == Commit::not_in_the_file) {
    in_doubt_ = true;
    return {};
  }
  Work work{.exchange = exchange,
            .result = {},
            .open = open_,
            .busy = busy_customers(open_),
            .freed = {}};
  for (const queue::Closing& closing : exchange.closings) {
    record(work, closing);
  }
  if (in_doubt_) {
    disown_doubtful(work);
  }
  for (const RfiId id : exchange.refunds) {
    StoredRow* row = image_.find(id);
    if (row != nullptr && row->state == RfiState::pending) {
      row->attempts = std::max<std::int64_t>(row->attempts - 1, 0);
    }
  }
  obey_clock(work);
  note_fitness(work);
  tidy(work);
  claim(work);
  look_ahead(work);
  spoil(work);
  in_doubt_ = commit == Commit::in_the_file;
  if (in_doubt_) {
    return {};
  }
  open_ = std::move(work.open);
  claims_made_ += work.result.claims.size();
  return std::move(work.result);
}

void Book::spoil(const Work& work) {
  const auto happened = std::ranges::find_if(image_.rows, [this, &work](const StoredRow& row) {
    return (plant_ == Plant::lose_row && row.state == RfiState::pending &&
            row.history.size() > 1) ||
           (plant_ == Plant::leave_terminal_state && row.state == RfiState::submitted &&
            row.finished_at < work.exchange.now);
  });
  if (happened == image_.rows.end()) {
    return;
  }
  if (plant_ == Plant::lose_row) {
    image_.rows.erase(happened);
  } else {
    happened->state = RfiState::pending;
  }
}

queue::CustomerKeys Book::busy_customers(const std::map<RfiId, OpenRow>& open) const {
  queue::CustomerKeys busy;
  if (plant_ != Plant::send_two_of_a_customer) {
    for (const auto& [id, row] : open) {
      busy.insert(queue::customer_key(row.customer_id));
    }
  }
  return busy;
}

void Book::tidy(Work& work) {
  for (StoredRow& row : image_.rows) {
    if (row.state == RfiState::cancelled && !row.finished_at) {
      row.finished_at = work.exchange.now;
      work.freed.push_back(row.customer_id);
      work.result.cancelled.push_back({row.id, row.reference, row.customer_id});
    }
    if (row.state == RfiState::pending && row.deadline && *row.deadline <= work.exchange.now &&
        plant_ != Plant::send_late) {
      fail(work, row, policy::Failure::expired, "its deadline has passed; last: " + row.detail);
    }
  }
  release_freed(work);
  visit_waiting_customers(work);
}

void Book::fail(
    Work& work, StoredRow& row, policy::Failure failure, std::string detail, bool violation) {
  row.state = RfiState::failed;
  row.failure = failure;
  row.detail = detail;
  row.finished_at = work.exchange.now;
  row.next_attempt_at.reset();
  work.result.refused.push_back({.id = row.id,
                                 .reference = row.reference,
                                 .customer_id = row.customer_id,
                                 .failure = failure,
                                 .detail = std::move(detail),
                                 .allowlist_violation = violation});
  work.freed.push_back(row.customer_id);
}

void Book::release_freed(Work& work) {
  for (const std::string& customer_id : std::exchange(work.freed, {})) {
    release(work, customer_id);
  }
}

void Book::release(Work& work, const std::string& customer_id) {
  const std::string key = queue::customer_key(customer_id);
  if (work.busy.contains(key)) {
    return;
  }
  StoredRow* best = nullptr;
  for (StoredRow& row : image_.rows) {
    if (row.is_pending(WaitingFor::customer) && queue::customer_key(row.customer_id) == key) {
      const bool first =
          best == nullptr || row.priority > best->priority ||
          (row.priority == best->priority &&
           row.deadline.value_or(UtcTime::max()) < best->deadline.value_or(UtcTime::max()));
      best = first ? &row : best;
    }
  }
  if (best != nullptr) {
    best->waiting_for = WaitingFor::line;
  }
}

/// A safety net, not the way.
void Book::visit_waiting_customers(Work& work) {
  if (next_visit_ && work.exchange.now < *next_visit_) {
    return;
  }
  next_visit_ = work.exchange.now + kVisitEvery;
  for (const StoredRow& row : image_.rows) {
    if (row.is_pending(WaitingFor::customer)) {
      release(work, row.customer_id);
    }
  }
}

void Book::look_ahead(Work& work) const {
  const UtcTime now = work.exchange.now;
  const auto at = [&next_due = work.result.next_due](UtcTime moment) {
    next_due = std::min(moment, next_due.value_or(moment));
  };
  for (const StoredRow& row : image_.rows) {
    if (row.state != RfiState::pending) {
      continue;
    }
    if (row.deadline) {
      at(*row.deadline);
    }
    switch (row.waiting_for) {
      case WaitingFor::line:
        work.result.more_due = true;
        break;
      case WaitingFor::time:
        if (row.due_at() <= now) {
          work.result.more_due = true;
        } else {
          at(row.due_at());
        }
        break;
      case WaitingFor::customer:
        at(next_visit_.value_or(now));
        break;
    }
  }
  if (plant_ == Plant::never_wake) {
    work.result.next_due = now + std::chrono::hours{10'000};
  }
}

}  // namespace rfi::simulation
