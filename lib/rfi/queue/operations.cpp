#include "rfi/queue/operations.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace rfi::queue {
namespace {

// Rows looked at in one read: they are judged by their first page alone.
constexpr std::size_t kRowsPerScan = 256;

struct Found {
  std::int64_t id = 0;
  std::string reference;
  std::string state;
  std::string failure;
  bool erased = false;
  std::optional<policy::UtcTime> deadline;
};

constexpr std::string_view kByReference =
    "SELECT id, reference, state, ifnull(failure, ''), erased_at IS NOT NULL, deadline FROM rfi "
    "WHERE reference = ?1";
constexpr std::string_view kById =
    "SELECT id, reference, state, ifnull(failure, ''), erased_at IS NOT NULL, deadline FROM rfi "
    "WHERE id = ?1";

template <class Key>
std::optional<Found> find(Statement& statement, const Key& key) {
  auto rows = statement.query(key);
  if (!rows.next()) {
    return std::nullopt;
  }
  return Found{.id = rows.integer(0),
               .reference = rows.text(1),
               .state = rows.text(2),
               .failure = rows.text(3),
               .erased = rows.integer(4) != 0,
               .deadline = rows.optional_time(5)};
}

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

  Operated apply(const Found& row, policy::UtcTime now) {
    if (row.state != "failed" && row.state != "cancelled") {
      return Operated::wrong_state;
    }
    if (row.erased) {
      return Operated::documents_erased;
    }
    if (row.deadline && *row.deadline <= now) {
      return Operated::deadline_past;
    }
    change_.run(row.id, now);
    if (row.state == "failed") {
      tally_.run(row.state, row.failure);
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

  Operated apply(const Found& row, policy::UtcTime now) {
    return change_.run(row.id, now) > 0 ? Operated::done : Operated::wrong_state;
  }

 private:
  Statement change_;
};

template <class Change>
std::vector<Operation> for_each(const Database& database,
                                std::span<const std::string> references,
                                policy::UtcTime now) {
  Statement by_reference(database, kByReference);
  Change change(database);
  std::vector<Operation> results;
  results.reserve(references.size());
  while (!references.empty()) {
    const auto chunk = references.first(std::min(references.size(), kRowsPerTransaction));
    references = references.subspan(chunk.size());
    Transaction transaction(database);
    for (const auto& reference : chunk) {
      const auto row = find(by_reference, reference);
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

}  // namespace

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

RetryFailed::RetryFailed(const Database& database, std::optional<policy::Failure> failure)
    : database_(database),
      failure_(failure),
      scan_(database,
            "SELECT id, state = 'failed' AND (?2 = '' OR failure = ?2) FROM rfi WHERE id > ?1 "
            "ORDER BY id LIMIT ?3") {}

std::vector<Operation> RetryFailed::next(policy::UtcTime now) {
  const std::string_view wanted = failure_ ? policy::to_string(*failure_) : std::string_view("");
  std::vector<std::int64_t> candidates;
  {
    std::size_t seen = 0;
    auto rows = scan_.query(static_cast<std::int64_t>(last_), wanted, kRowsPerScan);
    // The scan goes on behind the last row looked at, so a full transaction ends it early.
    while (candidates.size() < kRowsPerTransaction && rows.next()) {
      ++seen;
      last_ = RfiId{rows.integer(0)};
      if (rows.integer(1) != 0) {
        candidates.push_back(rows.integer(0));
      }
    }
    at_end_ = seen < kRowsPerScan && candidates.size() < kRowsPerTransaction;
  }
  std::vector<Operation> results;
  if (candidates.empty()) {
    return results;
  }
  Statement by_id(database_, kById);
  Retry change(database_);
  Transaction transaction(database_);
  for (const auto id : candidates) {
    // Read again under the lock: another operator may have been here.
    const auto row = find(by_id, id);
    if (row && row->state == "failed" && (wanted.empty() || row->failure == wanted)) {
      results.push_back({row->reference, change.apply(*row, now), policy::RfiState::failed});
    }
  }
  transaction.commit();
  return results;
}

}  // namespace rfi::queue
