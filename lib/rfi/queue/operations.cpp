#include "rfi/queue/operations.hpp"

#include <algorithm>
#include <cstdint>

namespace rfi::queue {
namespace {

/// The statements of one retry. To be used inside a write transaction.
class Retry {
 public:
  explicit Retry(const Database& database)
      : change_(database,
                "UPDATE rfi SET state = 'pending', failure = NULL, detail = NULL, attempts = 0, "
                "next_attempt_at = NULL, waiting_for = NULL, finished_at = NULL, "
                "retried_at = ?2, updated_at = ?2 "
                "WHERE id = ?1 AND state IN ('failed', 'cancelled') AND erased_at IS NULL"),
        tally_(database,
               "UPDATE tally SET count = max(count - 1, 0) WHERE state = ?1 AND failure = ?2") {}

  Operated apply(const RfiRow& row, policy::UtcTime now) {
    const Operated result = judge(Change::retry, row, now);
    if (result != Operated::done) {
      return result;
    }
    change_.run(static_cast<std::int64_t>(row.id), now);
    if (row.failure) {
      tally_.run(row.state, *row.failure);
    }
    return Operated::done;
  }

 private:
  Statement change_;
  Statement tally_;
};

/// As a producer does it: finished_at stays empty, which is how the daemon finds the row, reports
/// it and lets the next row of its customer go.
class Cancel {
 public:
  explicit Cancel(const Database& database)
      : change_(database,
                "UPDATE rfi SET state = 'cancelled', next_attempt_at = NULL, waiting_for = NULL, "
                "updated_at = ?2 WHERE id = ?1 AND state = 'pending'") {}

  Operated apply(const RfiRow& row, policy::UtcTime now) {
    return change_.run(static_cast<std::int64_t>(row.id), now) > 0 ? Operated::done
                                                                   : Operated::wrong_state;
  }

 private:
  Statement change_;
};

/// `change_one` appends to the results what became of an item; each transaction takes a few.
template <class Item, class ChangeOne>
std::vector<Operation> in_transactions(const Database& database,
                                       std::span<const Item> items,
                                       ChangeOne change_one) {
  std::vector<Operation> results;
  results.reserve(items.size());
  while (!items.empty()) {
    const auto chunk = items.first(std::min(items.size(), kRowsPerTransaction));
    items = items.subspan(chunk.size());
    Transaction transaction(database);
    for (const Item& item : chunk) {
      change_one(item, results);
    }
    transaction.commit();
  }
  return results;
}

template <class Applied>
Operation apply(Applied& change, const RfiRow& row, policy::UtcTime now) {
  return {row.reference, change.apply(row, now), policy::rfi_state_from(row.state)};
}

template <class Applied>
std::vector<Operation> change_named(const Database& database,
                                    std::span<const std::string> references,
                                    policy::UtcTime now) {
  Lookup lookup(database);
  Applied change(database);
  return in_transactions(
      database, references, [&](const std::string& reference, std::vector<Operation>& results) {
        const auto row = lookup.by_reference(reference);
        results.push_back(row ? apply(change, *row, now)
                              : Operation{reference, Operated::unknown_reference, std::nullopt});
      });
}

template <class Applied>
std::vector<Operation> change_seen(const Database& database,
                                   std::span<const RfiRow> rows,
                                   const RowFilter& filter,
                                   policy::UtcTime now) {
  Lookup lookup(database);
  Applied change(database);
  return in_transactions(database, rows, [&](const RfiRow& seen, std::vector<Operation>& results) {
    // Read again under the lock: another operator, or the daemon, may have been here.
    const auto row = lookup.by_id(seen.id);
    if (row && matches(filter, *row)) {
      results.push_back(apply(change, *row, now));
    }
  });
}

}  // namespace

Operated judge(Change change, const RfiRow& row, policy::UtcTime now) {
  if (change == Change::cancel) {
    return row.state == "pending" ? Operated::done : Operated::wrong_state;
  }
  if (row.state != "failed" && row.state != "cancelled") {
    return Operated::wrong_state;
  }
  if (row.erased_at) {
    return Operated::documents_erased;
  }
  if (row.deadline && *row.deadline <= now) {
    return Operated::deadline_past;
  }
  return Operated::done;
}

std::vector<Operation> retry(const Database& database,
                             std::span<const std::string> references,
                             policy::UtcTime now) {
  return change_named<Retry>(database, references, now);
}

std::vector<Operation> cancel(const Database& database,
                              std::span<const std::string> references,
                              policy::UtcTime now) {
  return change_named<Cancel>(database, references, now);
}

std::vector<Operation> change_rows(const Database& database,
                                   Change change,
                                   std::span<const RfiRow> rows,
                                   const RowFilter& filter,
                                   policy::UtcTime now) {
  return change == Change::retry ? change_seen<Retry>(database, rows, filter, now)
                                 : change_seen<Cancel>(database, rows, filter, now);
}

}  // namespace rfi::queue
