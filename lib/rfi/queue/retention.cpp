#include "rfi/queue/retention.hpp"

#include "rfi/queue/schema.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <map>
#include <string_view>
#include <utility>

namespace rfi::queue {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kWithDocuments =
    "SELECT id, state, ifnull(failure, ''), length(CAST(documents AS BLOB)) FROM rfi "
    "INDEXED BY rfi_erasable WHERE finished_at IS NOT NULL AND erased_at IS NULL "
    "AND finished_at <= ?1 ORDER BY finished_at LIMIT ?2";
constexpr std::string_view kErased =
    "SELECT id, state, ifnull(failure, ''), 0 FROM rfi "
    "INDEXED BY rfi_erased WHERE finished_at IS NOT NULL AND erased_at IS NOT NULL "
    "AND finished_at <= ?1 ORDER BY finished_at LIMIT ?2";
constexpr std::string_view kNotLive = "state <> 'pending' AND state <> 'submitting'";

/// Whether more of the same follows.
enum class Step { one_of_many, last };

/// One transaction of retention.
class ErasingTransaction {
 public:
  explicit ErasingTransaction(const Database& database)
      : database_(database), transaction_(database), begun_(Clock::now()) {}

  [[nodiscard]] bool schema_is_ours() const {
    return schema_text(database_) == expected_schema_text();
  }

  /// Returns how long the lock was held. After the last step nothing of what was erased is left in
  /// the journal, nor in the pages that this connection remembers, from where it would come into
  /// the next journal. An empty journal makes the next commit slower, so the other steps leave it.
  Clock::duration commit(Step step) {
    if (step == Step::one_of_many) {
      transaction_.commit();
      return Clock::now() - begun_;
    }
    const auto limit = database_.integer_of("PRAGMA main.journal_size_limit").value_or(-1);
    database_.execute("PRAGMA main.journal_size_limit = 0");
    try {
      transaction_.commit();
    } catch (const SqliteError&) {
      set_journal_limit(limit);
      throw;
    }
    const auto held = Clock::now() - begun_;
    set_journal_limit(limit);
    sqlite3_db_release_memory(database_.handle());
    return held;
  }

 private:
  void set_journal_limit(std::int64_t limit) const {
    const auto sql = fmt::format("PRAGMA main.journal_size_limit = {}", limit);
    sqlite3_exec(database_.handle(), sql.c_str(), nullptr, nullptr, nullptr);
  }

  const Database& database_;
  Transaction transaction_;
  Clock::time_point begun_;
};

struct FinishedRow {
  std::int64_t id = 0;
  std::string state;
  std::string failure;
};

/// The oldest rows, as many as a step can take.
std::vector<FinishedRow> oldest_rows(const Database& database,
                                     std::string_view sql,
                                     const std::optional<UtcTime>& cutoff,
                                     std::size_t limit) {
  std::vector<FinishedRow> found;
  if (!cutoff || limit == 0) {
    return found;
  }
  Statement statement(database, sql);
  auto rows = statement.query(*cutoff, limit);
  for (std::int64_t bytes = 0; rows.next();) {
    bytes += rows.integer(3);
    if (!found.empty() && bytes > kMostBytesPerStep) {
      break;
    }
    found.push_back({.id = rows.integer(0), .state = rows.text(1), .failure = rows.text(2)});
  }
  return found;
}

/// What was uploaded stays on record by its hash, size and time. Two files of the same bytes become
/// one row.
constexpr std::string_view kForgetUploads =
    "UPDATE OR REPLACE upload SET path = 'sha256:' || sha256, uri = '' WHERE rfi = ?1";

std::size_t erase(const Database& database, const std::vector<FinishedRow>& rows, UtcTime now) {
  Statement documents(database,
                      fmt::format("UPDATE rfi SET documents = '{{}}', erased_at = ?2 "
                                  "WHERE id = ?1 AND erased_at IS NULL AND {}",
                                  kNotLive));
  Statement uploads(database, kForgetUploads);
  std::size_t erased = 0;
  for (const FinishedRow& row : rows) {
    if (documents.run(row.id, now) > 0) {
      uploads.run(row.id);
      ++erased;
    }
  }
  return erased;
}

std::size_t remove(const Database& database, const std::vector<FinishedRow>& rows) {
  Statement row_itself(database, fmt::format("DELETE FROM rfi WHERE id = ?1 AND {}", kNotLive));
  Statement attempts(database, "DELETE FROM attempt WHERE rfi_id = ?1");
  Statement uploads(database, "DELETE FROM upload WHERE rfi = ?1");
  // Triggers do not run here: what rfi_deleted would do.
  Statement tally(database,
                  "UPDATE tally SET count = max(count - ?3, 0) WHERE state = ?1 AND failure = ?2");
  std::map<std::pair<std::string, std::string>, std::int64_t> ends;
  std::size_t removed = 0;
  for (const FinishedRow& row : rows) {
    if (row_itself.run(row.id) > 0) {
      attempts.run(row.id);
      uploads.run(row.id);
      ++ends[{row.state, row.failure}];
      ++removed;
    }
  }
  for (const auto& [end, count] : ends) {
    tally.run(end.first, end.second, count);
  }
  return removed;
}

bool anything_over(const Database& database, const policy::RetentionCutoffs& cutoffs) {
  const auto oldest = oldest_finished(database);
  const auto over = [](const std::optional<UtcTime>& finished,
                       const std::optional<UtcTime>& cutoff) {
    return finished && cutoff && *finished <= *cutoff;
  };
  return over(oldest.with_documents, cutoffs.documents) ||
         over(oldest.with_documents, cutoffs.rows) || over(oldest.erased, cutoffs.rows);
}

std::optional<UtcTime> time_of(const Database& database, std::string_view sql) {
  const auto found = database.integer_of(sql);
  return found ? std::optional(policy::utc_from_unix_ms(*found)) : std::nullopt;
}

}  // namespace

RetentionStep take_over_rows(const Database& database,
                             const policy::RetentionCutoffs& cutoffs,
                             UtcTime now,
                             std::size_t rows) {
  RetentionStep step;
  if (!anything_over(database, cutoffs)) {
    return step;
  }
  ErasingTransaction transaction(database);
  if (!transaction.schema_is_ours()) {
    step.schema_altered = true;
    return step;
  }
  // Deletions first: a row that goes need not be erased before.
  std::size_t taken = 0;
  for (const std::string_view kind : {kErased, kWithDocuments}) {
    const auto over = oldest_rows(database, kind, cutoffs.rows, rows - taken);
    step.deleted += remove(database, over);
    taken += over.size();
  }
  const auto over = oldest_rows(database, kWithDocuments, cutoffs.documents, rows - taken);
  step.erased = erase(database, over, now);
  step.more = anything_over(database, cutoffs);
  step.held = transaction.commit(step.more ? Step::one_of_many : Step::last);
  return step;
}

policy::OldestFinished oldest_finished(const Database& database) {
  return {.with_documents = time_of(
              database,
              "SELECT finished_at FROM rfi INDEXED BY rfi_erasable WHERE finished_at IS NOT NULL "
              "AND erased_at IS NULL ORDER BY finished_at LIMIT 1"),
          .erased = time_of(
              database,
              "SELECT finished_at FROM rfi INDEXED BY rfi_erased WHERE finished_at IS NOT NULL "
              "AND erased_at IS NOT NULL ORDER BY finished_at LIMIT 1")};
}

void find_rows_of_customer(const Database& database,
                           const std::string& customer_id,
                           std::int64_t ids,
                           CustomerRows& found) {
  // A row that was erased on schedule still holds what was requested.
  Statement rows_of(database,
                    "SELECT id, reference, state FROM rfi WHERE id > ?1 AND id <= ?2 "
                    "AND customer_id = ?3 COLLATE NOCASE "
                    "AND (erased_at IS NULL OR requested <> '[]') ORDER BY id");
  Statement further(database, "SELECT min(id) FROM rfi WHERE id > ?1");
  auto rows = rows_of.query(found.last_id, found.last_id + ids, customer_id);
  while (rows.next()) {
    const auto state = rows.bytes(2);
    if (state == "pending" || state == "submitting") {
      found.live.push_back(rows.text(1));
    } else {
      found.finished.push_back(rows.integer(0));
    }
  }
  found.last_id += ids;
  auto next = further.query(found.last_id);
  const auto first_behind = next.next() ? next.optional_integer(0) : std::nullopt;
  found.at_end = !first_behind.has_value();
  found.last_id = first_behind ? *first_behind - 1 : found.last_id;
}

RetentionStep erase_for_good(const Database& database,
                             const std::vector<std::int64_t>& ids,
                             std::size_t& from,
                             UtcTime now,
                             std::size_t rows) {
  RetentionStep step;
  ErasingTransaction transaction(database);
  if (!transaction.schema_is_ours()) {
    step.schema_altered = true;
    return step;
  }
  Statement personal(database,
                     fmt::format("UPDATE rfi SET documents = '{{}}', requested = '[]', "
                                 "erased_at = ?2 "
                                 "WHERE id = ?1 AND {}",
                                 kNotLive));
  Statement size(database, "SELECT length(CAST(documents AS BLOB)) FROM rfi WHERE id = ?1");
  Statement uploads(database, kForgetUploads);
  std::int64_t bytes = 0;
  std::size_t next = from;
  for (std::size_t taken = 0; taken < rows && next < ids.size(); ++taken, ++next) {
    const std::int64_t id = ids[next];
    {
      auto found = size.query(id);
      bytes += found.next() ? found.integer(0) : 0;
    }
    if (taken > 0 && bytes > kMostBytesPerStep) {
      break;
    }
    if (personal.run(id, now) > 0) {
      uploads.run(id);
      ++step.erased;
    }
  }
  step.more = next < ids.size();
  step.held = transaction.commit(step.more ? Step::one_of_many : Step::last);
  from = next;
  return step;
}

FreeSpace free_space(const Database& database) {
  return {.pages = database.integer_of("PRAGMA page_count").value_or(0),
          .free_pages = database.integer_of("PRAGMA freelist_count").value_or(0),
          .page_size = database.integer_of("PRAGMA page_size").value_or(0),
          .can_shrink = database.integer_of("PRAGMA auto_vacuum").value_or(0) == 2};
}

std::chrono::steady_clock::duration give_back(const Database& database, std::size_t pages) {
  ErasingTransaction transaction(database);
  database.execute(fmt::format("PRAGMA incremental_vacuum({})", pages));
  return transaction.commit(Step::one_of_many);
}

void forget_wal(const Database& database) {
  // A reader or writer of another process prevents it: then the next round does it.
  const BusyWait::Suspended at_once{database.busy_wait()};
  sqlite3_wal_checkpoint_v2(
      database.handle(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

}  // namespace rfi::queue
