#include "rfi/queue/lookup.hpp"

namespace rfi::queue {
namespace {

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

std::vector<RfiRow> all_of(Cursor rows) {
  std::vector<RfiRow> found;
  while (rows.next()) {
    found.push_back(row_of(rows));
  }
  return found;
}

std::int64_t number(RfiId id) {
  return static_cast<std::int64_t>(id);
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
                         "AND customer_id = ?1 COLLATE NOCASE LIMIT 1"),
      below_(database, columns + "WHERE id < ?1 ORDER BY id DESC LIMIT ?2"),
      above_(database, columns + "WHERE id > ?1 ORDER BY id LIMIT ?2") {}

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

std::vector<RfiRow> Lookup::rows_below(std::int64_t before, std::size_t limit) {
  return all_of(below_.query(before, limit));
}

std::vector<RfiRow> Lookup::rows_above(RfiId after, std::size_t limit) {
  return all_of(above_.query(number(after), limit));
}

}  // namespace rfi::queue
