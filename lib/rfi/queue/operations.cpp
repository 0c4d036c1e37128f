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

template <class Applied>
std::vector<Operation> for_each(const Database& database,
                                std::span<const std::string> references,
                                policy::UtcTime now) {
  Lookup lookup(database);
  Applied change(database);
  std::vector<Operation> results;
  results.reserve(references.size());
  while (!references.empty()) {
    const auto chunk = references.first(std::min(references.size(), kRowsPerTransaction));
    references = references.subspan(chunk.size());
    Transaction transaction(database);
    for (const auto& reference : chunk) {
      const auto row = lookup.by_reference(reference);
      if (!row) {
        results.push_back({reference, Operated::unknown_reference, std::nullopt});
        continue;
      }
      results.push_back({reference, change.apply(*row, now), policy::rfi_state_from(row->state)});
    }
    transaction.commit();
  }
  return results;
}

template <class Applied>
std::vector<Operation> change_each(const Database& database,
                                   std::span<const RfiRow> rows,
                                   const RowFilter& filter,
                                   policy::UtcTime now) {
  Lookup lookup(database);
  Applied change(database);
  std::vector<Operation> results;
  results.reserve(rows.size());
  while (!rows.empty()) {
    const auto chunk = rows.first(std::min(rows.size(), kRowsPerTransaction));
    rows = rows.subspan(chunk.size());
    Transaction transaction(database);
    for (const auto& seen : chunk) {
      // Read again under the lock: another operator, or the daemon, may have been here.
      const auto row = lookup.by_id(seen.id);
      if (row && matches(filter, *row)) {
        results.push_back(
            {row->reference, change.apply(*row, now), policy::rfi_state_from(row->state)});
      }
    }
    transaction.commit();
  }
  return results;
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
  return for_each<Retry>(database, references, now);
}

std::vector<Operation> cancel(const Database& database,
                              std::span<const std::string> references,
                              policy::UtcTime now) {
  return for_each<Cancel>(database, references, now);
}

std::vector<Operation> change_rows(const Database& database,
                                   Change change,
                                   std::span<const RfiRow> rows,
                                   const RowFilter& filter,
                                   policy::UtcTime now) {
  return change == Change::retry ? change_each<Retry>(database, rows, filter, now)
                                 : change_each<Cancel>(database, rows, filter, now);
}

}  // namespace rfi::queue
