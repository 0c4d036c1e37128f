#include "rfi/queue/lookup.hpp"

#include <algorithm>
#include <limits>

namespace rfi::queue {
namespace {

// Rows read in one go: their documents lie on pages of their own that are not touched.
constexpr std::size_t kRowsPerRead = 256;

const std::string columns =
    "SELECT id, reference, customer_id, priority, not_before, deadline, created_at, state, "
    "failure, detail, attempts, next_attempt_at, updated_at, finished_at, retried_at, erased_at, "
    "waiting_for FROM rfi ";

std::optional<std::string> optional_text(const Cursor& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.text(column));
}

RfiRow row_of(const Cursor& row) {
  return {.id = RfiId{row.integer(0)},
          .reference = row.text(1),
          .customer_id = row.text(2),
          .priority = row.integer(3),
          .not_before = row.optional_time(4),
          .deadline = row.optional_time(5),
          .created_at = policy::utc_from_unix_ms(row.integer(6)),
          .state = row.text(7),
          .failure = optional_text(row, 8),
          .detail = optional_text(row, 9),
          .attempts = row.integer(10),
          .next_attempt_at = row.optional_time(11),
          .updated_at = row.optional_time(12),
          .finished_at = row.optional_time(13),
          .retried_at = row.optional_time(14),
          .erased_at = row.optional_time(15),
          .waiting_for = optional_text(row, 16)};
}

template <class Key>
std::optional<RfiRow> first_of(Statement& statement, const Key& key) {
  auto rows = statement.query(key);
  return rows.next() ? std::optional(row_of(rows)) : std::nullopt;
}

std::int64_t number(RfiId id) {
  return static_cast<std::int64_t>(id);
}

// The tally knows how many rows of a finished state there are, so that the search for the last one
// need not go on to the beginning of history.
std::int64_t tally_of(const Database& database, std::optional<policy::RfiState> state) {
  if (!state) {
    return std::numeric_limits<std::int64_t>::max();
  }
  Statement statement(database, "SELECT ifnull(sum(count), 0) FROM tally WHERE state = ?1");
  auto rows = statement.query(policy::to_string(*state));
  return rows.next() ? rows.integer(0) : 0;
}

// In reverse: the next slice is taken from the end.
std::vector<LiveSlice> slices_of(std::optional<policy::RfiState> state) {
  if (state == policy::RfiState::pending) {
    return {LiveSlice::waiting_for_customer, LiveSlice::waiting_for_time, LiveSlice::in_line};
  }
  if (state == policy::RfiState::submitting) {
    return {LiveSlice::submitting};
  }
  if (state == policy::RfiState::cancelled) {
    return {LiveSlice::cancelled, LiveSlice::cancelled_unstamped};
  }
  return {};
}

}  // namespace

Lookup::Lookup(const Database& database)
    : by_reference_(database, columns + "WHERE reference = ?1"),
      by_id_(database, columns + "WHERE id = ?1"),
      contents_(database, "SELECT requested, documents FROM rfi WHERE id = ?1"),
      attempts_(database,
                "SELECT number, started_at, finished_at, outcome, http_status, error, detail, "
                "body_sha256, body_bytes, fields, request_id, duration_ms, version, policy_sha256 "
                "FROM attempt WHERE rfi_id = ?1 AND number > ?2 ORDER BY number LIMIT ?3"),
      submitting_of_(database,
                     columns +
                         "INDEXED BY rfi_open WHERE state = 'submitting' "
                         "AND customer_id = ?1 COLLATE NOCASE LIMIT 1") {}

std::optional<RfiRow> Lookup::by_reference(std::string_view reference) {
  return first_of(by_reference_, reference);
}

std::optional<RfiRow> Lookup::by_id(RfiId id) {
  return first_of(by_id_, number(id));
}

std::optional<RfiRow> Lookup::submitting_of(std::string_view customer_id) {
  return first_of(submitting_of_, customer_id);
}

std::optional<Contents> Lookup::contents(RfiId id) {
  auto rows = contents_.query(number(id));
  return rows.next() ? std::optional(Contents{rows.text(0), rows.text(1)}) : std::nullopt;
}

std::vector<AttemptRow> Lookup::attempts(RfiId id, std::int64_t after, std::size_t limit) {
  std::vector<AttemptRow> found;
  auto rows = attempts_.query(number(id), after, limit);
  while (rows.next()) {
    found.push_back({.number = rows.integer(0),
                     .started_at = policy::utc_from_unix_ms(rows.integer(1)),
                     .finished_at = rows.optional_time(2),
                     .outcome = optional_text(rows, 3),
                     .http_status = rows.optional_integer(4),
                     .error = optional_text(rows, 5),
                     .detail = optional_text(rows, 6),
                     .body_sha256 = optional_text(rows, 7),
                     .body_bytes = rows.optional_integer(8),
                     .fields = optional_text(rows, 9),
                     .request_id = optional_text(rows, 10),
                     .duration_ms = rows.optional_integer(11),
                     .version = rows.text(12),
                     .policy_sha256 = rows.text(13)});
  }
  return found;
}

Listing::Listing(const Database& database, std::optional<policy::RfiState> state)
    : database_(database),
      state_(state),
      lookup_(database),
      slices_(slices_of(state)),
      backwards_(database, columns + "WHERE id < ?1 ORDER BY id DESC LIMIT ?2"),
      before_(std::numeric_limits<std::int64_t>::max()),
      remaining_(slices_.empty() ? tally_of(database, state) : 0),
      at_end_(slices_.empty() && remaining_ == 0) {}

std::vector<RfiRow> Listing::next(std::size_t limit) {
  const auto most = std::min(limit, kRowsPerRead);
  if (at_end_ || most == 0) {
    return {};
  }
  return walk_ || !slices_.empty() ? next_live(most) : next_by_id(most);
}

std::vector<RfiRow> Listing::next_live(std::size_t limit) {
  if (!walk_) {
    walk_.emplace(database_, slices_.back());
    slices_.pop_back();
  }
  const auto met = walk_->next(limit);
  std::vector<RfiRow> found;
  for (const auto& live : met) {
    // The row may have moved on since the index was read.
    if (auto row = lookup_.by_id(live.id); row && row->state == policy::to_string(*state_)) {
      found.push_back(*std::move(row));
    }
  }
  if (met.size() < limit) {
    walk_.reset();
    at_end_ = slices_.empty();
  }
  return found;
}

std::vector<RfiRow> Listing::next_by_id(std::size_t limit) {
  std::vector<RfiRow> found;
  std::size_t seen = 0;
  auto rows = backwards_.query(before_, kRowsPerRead);
  while (found.size() < limit && rows.next()) {
    ++seen;
    before_ = rows.integer(0);
    if (!state_ || rows.bytes(7) == policy::to_string(*state_)) {
      found.push_back(row_of(rows));
    }
  }
  remaining_ -= static_cast<std::int64_t>(found.size());
  at_end_ = remaining_ <= 0 || (found.size() < limit && seen < kRowsPerRead);
  return found;
}

}  // namespace rfi::queue
