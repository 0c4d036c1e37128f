#include "rfi/queue/queue_copy.hpp"

#include "rfi/queue/retention.hpp"
#include "rfi/queue/schema.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

namespace rfi::queue {
namespace {

using Clock = std::chrono::steady_clock;

/// How long a read may keep commits of others waiting, and how much longer they are left alone
/// where there are some.
constexpr std::chrono::milliseconds kRead{4};
constexpr int kPauseAmongOthers = 4;
/// Rows that can be compared in one read of less than a tenth of a second.
constexpr std::size_t kSettledAtOnce = 10'000;
constexpr std::size_t kIdsPerRead = 256;

constexpr std::string_view kColumns =
    "id, reference, customer_id, priority, not_before, deadline, created_at, state, failure, "
    "detail, attempts, next_attempt_at, updated_at, finished_at, retried_at, erased_at, "
    "waiting_for, requested, documents";
/// What differs between two states of one row: nothing else of it can change by itself.
constexpr std::string_view kBrief =
    "SELECT state, priority, not_before, deadline, attempts, next_attempt_at, updated_at, "
    "finished_at, retried_at, erased_at, waiting_for FROM rfi WHERE id = ?1";
constexpr int kBriefColumns = 11;

/// The rows that are not finished, each by its index, and the cancelled ones that the daemon has
/// not seen yet.
constexpr std::string_view kLive =
    "SELECT id FROM rfi INDEXED BY rfi_age WHERE state = 'pending' AND waiting_for IS NULL "
    "UNION ALL SELECT id FROM rfi INDEXED BY rfi_time WHERE state = 'pending' "
    "AND waiting_for = 'time' "
    "UNION ALL SELECT id FROM rfi INDEXED BY rfi_customer WHERE state = 'pending' "
    "AND waiting_for = 'customer' "
    "UNION ALL SELECT id FROM rfi INDEXED BY rfi_open WHERE state = 'submitting' "
    "UNION ALL SELECT id FROM rfi INDEXED BY rfi_cancelled WHERE state = 'cancelled' "
    "AND finished_at IS NULL";

std::string insert_into(std::string_view table, std::string_view columns, int count) {
  std::string places = "?1";
  for (int place = 2; place <= count; ++place) {
    places += fmt::format(", ?{}", place);
  }
  return fmt::format("INSERT INTO {} {} VALUES ({})", table, columns, places);
}

Database made_queue(const std::filesystem::path& path) {
  const auto made = migrate(path);
  if (const auto* refused = std::get_if<MigrationRefused>(&made)) {
    throw std::runtime_error(refused->reason);
  }
  Database database(path, OpenMode::read_write);
  // A copy that is not complete is thrown away. A row that came in past a CHECK is copied like any
  // other: it must not be the end of all backups.
  database.execute(
      "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA cache_size = -32768;"
      "PRAGMA ignore_check_constraints = ON;"
      "DELETE FROM tally");
  return database;
}

bool same(const Cursor& one, const Cursor& other) {
  for (int column = 0; column < kBriefColumns; ++column) {
    if (one.is_null(column) != other.is_null(column) || one.bytes(column) != other.bytes(column)) {
      return false;
    }
  }
  return true;
}

std::vector<std::int64_t> ids_of(Cursor rows) {
  std::vector<std::int64_t> ids;
  while (rows.next()) {
    ids.push_back(rows.integer(0));
  }
  return ids;
}

}  // namespace

QueueCopy::QueueCopy(const Database& source, const std::filesystem::path& target)
    : source_(source),
      target_(made_queue(target)),
      writing_(std::in_place, target_),
      row_(source_, fmt::format("SELECT {} FROM rfi WHERE id = ?1", kColumns)),
      ids_behind_(source_, "SELECT id FROM rfi WHERE id > ?1 ORDER BY id LIMIT ?2"),
      put_row_(target_, insert_into("rfi", fmt::format("({})", kColumns), 19)),
      drop_row_(target_, "DELETE FROM rfi WHERE id = ?1"),
      attempts_(source_, "SELECT * FROM attempt WHERE rfi_id BETWEEN ?1 AND ?2"),
      put_attempt_(target_, insert_into("attempt", "", 15)),
      drop_attempts_(target_, "DELETE FROM attempt WHERE rfi_id = ?1"),
      uploads_(source_, "SELECT * FROM upload WHERE rfi BETWEEN ?1 AND ?2"),
      put_upload_(target_, insert_into("upload", "", 6)),
      drop_uploads_(target_, "DELETE FROM upload WHERE rfi = ?1"),
      brief_here_(source_, kBrief),
      brief_there_(target_, kBrief),
      copied_behind_(target_, "SELECT id FROM rfi WHERE id > ?1 ORDER BY id LIMIT ?2") {
  if (schema_text(source_) != expected_schema_text()) {
    throw std::runtime_error(fmt::format(
        "the schema of queue {} was altered by somebody: bring it back to that of `rfi-submitd "
        "migrate` first (compare with `.schema` of a new queue)",
        source_.path().string()));
  }
}

std::optional<QueueCopy::Duration> QueueCopy::step() {
  if (phase_ == Phase::done) {
    return std::nullopt;
  }
  const auto begun = Clock::now();
  bool at_end = false;
  bool others = false;
  {
    Transaction reading(source_, TransactionKind::read);
    const auto version = source_.data_version();
    others = std::exchange(version_of_step_, version) != version;
    switch (phase_) {
      case Phase::copying:
        at_end = copy_more(begun + kRead);
        break;
      case Phase::comparing:
        at_end = compare_more(begun + kRead);
        break;
      case Phase::settling:
        at_end = settle(begun + kRead);
        break;
      case Phase::done:
        break;
    }
    reading.commit();
  }
  if (at_end) {
    phase_ = static_cast<Phase>(static_cast<int>(phase_) + 1);
  }
  if (phase_ == Phase::done) {
    return std::nullopt;
  }
  const auto held = Clock::now() - begun;
  return others ? kPauseAmongOthers * held : held / 2;
}

bool QueueCopy::copy_more(Time until) {
  const auto ids = ids_of(ids_behind_.query(copied_through_, kIdsPerRead));
  for (const std::int64_t id : ids) {
    copy_new(id);
    if (Clock::now() >= until) {
      return false;
    }
  }
  return ids.size() < kIdsPerRead;
}

/// The proof of rows that a producer has deleted stays, so there may be some in the gap before
/// `id`.
void QueueCopy::copy_new(std::int64_t id) {
  if (id > copied_through_ + 1) {
    take_over_proof(copied_through_ + 1, id - 1);
  }
  take_over(id);
  copied_through_ = id;
}

/// Every row, since each may have been changed while the others were copied.
bool QueueCopy::compare_more(Time until) {
  const auto here = ids_of(ids_behind_.query(compared_through_, kIdsPerRead));
  const auto there = ids_of(copied_behind_.query(compared_through_, kIdsPerRead));
  std::vector<std::int64_t> both;
  std::ranges::set_union(here, there, std::back_inserter(both));
  // Behind the end of either list the other one says nothing of what is missing.
  both.resize(std::min(both.size(), kIdsPerRead));
  for (const std::int64_t id : both) {
    if (id > copied_through_) {
      copy_new(id);
    } else {
      take_over_if_changed(id);
    }
    compared_through_ = id;
    if (Clock::now() >= until) {
      return false;
    }
  }
  return both.size() < kIdsPerRead;
}

/// What can still be different: rows that are not finished, here or in the copy, and new ones.
bool QueueCopy::settle(Time until) {
  if (!unsettled_) {
    unsettled_ = unsettled_ids();
    version_ = version_of_step_;
  }
  const bool at_once = unsettled_->size() <= kSettledAtOnce;
  while (next_unsettled_ < unsettled_->size()) {
    const std::int64_t id = (*unsettled_)[next_unsettled_];
    if (id <= copied_through_) {
      take_over_if_changed(id);
    }
    ++next_unsettled_;
    if (!at_once && Clock::now() >= until) {
      return false;
    }
  }
  for (const std::int64_t id : ids_of(ids_behind_.query(copied_through_, -1))) {
    copy_new(id);
  }
  take_over_proof(copied_through_ + 1, std::numeric_limits<std::int64_t>::max());
  copy_the_rest();
  one_moment_ = version_ == version_of_step_;
  return true;
}

std::vector<std::int64_t> QueueCopy::unsettled_ids() {
  std::vector<std::int64_t> ids;
  for (const Database* database : {&source_, static_cast<const Database*>(&target_)}) {
    Statement live(*database, kLive);
    const auto found = ids_of(live.query());
    ids.insert(ids.end(), found.begin(), found.end());
  }
  // Retention takes the oldest first: what finished here before the oldest that is left there is
  // erased by now.
  const auto oldest = oldest_finished(source_);
  for (const auto& [index, erased, from] :
       {std::tuple{"rfi_erasable", "IS NULL", oldest.with_documents},
        std::tuple{"rfi_erased", "IS NOT NULL", oldest.erased}}) {
    Statement older(target_,
                    fmt::format("SELECT id FROM rfi INDEXED BY {} WHERE finished_at IS NOT NULL "
                                "AND erased_at {} AND finished_at <= ?1",
                                index,
                                erased));
    const auto found = ids_of(older.query(from.value_or(UtcTime::max())));
    ids.insert(ids.end(), found.begin(), found.end());
  }
  std::ranges::sort(ids);
  const auto repeated = std::ranges::unique(ids);
  ids.erase(repeated.begin(), repeated.end());
  return ids;
}

void QueueCopy::take_over_if_changed(std::int64_t id) {
  bool changed = false;
  {
    auto here = brief_here_.query(id);
    auto there = brief_there_.query(id);
    const bool is_here = here.next();
    const bool is_there = there.next();
    changed = is_here != is_there || (is_here && !same(here, there));
  }
  if (changed) {
    take_over(id);
  }
}

void QueueCopy::take_over(std::int64_t id) {
  if (drop_row_.run(id) > 0) {
    drop_attempts_.run(id);
    drop_uploads_.run(id);
    --rows_;
  }
  auto row = row_.query(id);
  if (row.next()) {
    put_row_.run_with(row);
    ++rows_;
  }
  take_over_proof(id, id);
}

void QueueCopy::take_over_proof(std::int64_t first, std::int64_t last) {
  auto attempts = attempts_.query(first, last);
  while (attempts.next()) {
    put_attempt_.run_with(attempts);
  }
  auto uploads = uploads_.query(first, last);
  while (uploads.next()) {
    put_upload_.run_with(uploads);
  }
}

void QueueCopy::copy_the_rest() {
  Statement periods(source_, "SELECT started_at, ended_at FROM unfit_period");
  Statement put(target_, "INSERT INTO unfit_period (started_at, ended_at) VALUES (?1, ?2)");
  auto rows = periods.query();
  while (rows.next()) {
    put.run_with(rows);
  }
  // Ids are never used twice, not even those of rows that are gone.
  const auto last = source_.integer_of("SELECT seq FROM sqlite_sequence WHERE name = 'rfi'");
  target_.execute("DELETE FROM sqlite_sequence WHERE name = 'rfi'");
  Statement sequence(target_, "INSERT INTO sqlite_sequence (name, seq) VALUES ('rfi', ?1)");
  sequence.run(last.value_or(0));
}

std::optional<std::string> QueueCopy::finish() {
  target_.execute(
      "INSERT INTO tally (state, failure, count) "
      "SELECT 'submitted', '', 0 UNION ALL SELECT 'failed', 'invalid', 0 "
      "UNION ALL SELECT 'failed', 'rejected', 0 UNION ALL SELECT 'failed', 'expired', 0 "
      "UNION ALL SELECT 'failed', 'exhausted', 0;"
      "INSERT INTO tally (state, failure, count) SELECT state, ifnull(failure, ''), count(*) "
      "FROM rfi WHERE state = 'submitted' OR state = 'failed' GROUP BY 1, 2 "
      "ON CONFLICT (state, failure) DO UPDATE SET count = excluded.count");
  writing_->commit();
  const auto answer = target_.text_of("PRAGMA integrity_check(1)").value_or("no answer");
  if (answer != "ok") {
    return "the copy is damaged: " + answer;
  }
  const auto counted = target_.integer_of("SELECT count(*) FROM rfi").value_or(-1);
  if (counted != rows_) {
    return fmt::format("the copy holds {} rows, {} were written", counted, rows_);
  }
  return std::nullopt;
}

}  // namespace rfi::queue
