#include "rfi/queue/line.hpp"

#include <string>

namespace rfi::queue {
namespace {

const std::string columns =
    "SELECT id, reference, customer_id, priority, deadline, due_at, "
    "max(created_at, ifnull(not_before, 0), ifnull(retried_at, 0)), retried_at, attempts, "
    "updated_at IS NOT NULL, detail FROM rfi ";
const std::string in_line = "WHERE state = 'pending' AND waiting_for IS NULL ";
const std::string for_time = "WHERE state = 'pending' AND waiting_for = 'time' ";
const std::string for_customer = "WHERE state = 'pending' AND waiting_for = 'customer' ";
const std::string order = "ORDER BY priority DESC, ifnull(deadline, 9223372036854775807), id ";

std::int64_t number(RfiId id) {
  return static_cast<std::int64_t>(id);
}

LineRow row_of(const Cursor& row) {
  return {.id = RfiId{row.integer(0)},
          .reference = row.text(1),
          .customer_id = row.text(2),
          .priority = row.integer(3),
          .deadline = row.optional_time(4),
          .due_at = policy::utc_from_unix_ms(row.integer(5)),
          .waited_since = policy::utc_from_unix_ms(row.integer(6)),
          .retried_at = row.optional_time(7),
          .attempts = row.integer(8),
          .touched = row.integer(9) != 0,
          .detail = row.text(10)};
}

template <class... Parameters>
std::vector<LineRow> rows_of(Statement& statement, const Parameters&... parameters) {
  std::vector<LineRow> found;
  auto rows = statement.query(parameters...);
  while (rows.next()) {
    found.push_back(row_of(rows));
  }
  return found;
}

std::optional<UtcTime> time_of(Statement& statement) {
  auto rows = statement.query();
  return rows.next() ? rows.optional_time(0) : std::nullopt;
}

}  // namespace

Line::Line(const Database& database)
    : first_(database, columns + "INDEXED BY rfi_line " + in_line + order + "LIMIT ?1"),
      ids_(database,
           "SELECT id FROM rfi INDEXED BY rfi_line " + in_line + order + "LIMIT ?2 OFFSET ?1"),
      oldest_(database,
              columns + "INDEXED BY rfi_age " + in_line + "ORDER BY created_at, id LIMIT ?1"),
      newest_(
          database,
          columns + "INDEXED BY rfi_age " + in_line + "ORDER BY created_at DESC, id DESC LIMIT ?1"),
      due_(database,
           columns + "INDEXED BY rfi_time " + for_time +
               "AND due_at <= ?1 ORDER BY due_at, id LIMIT ?2"),
      overdue_(database,
               columns +
                   "INDEXED BY rfi_deadline WHERE state = 'pending' AND deadline IS NOT NULL "
                   "AND deadline <= ?1 ORDER BY deadline, id LIMIT ?2"),
      best_(database,
            columns + "INDEXED BY rfi_customer " + for_customer +
                "AND customer_id = ?1 COLLATE NOCASE " + order + "LIMIT 1"),
      customer_after_(database,
                      "SELECT customer_id FROM rfi INDEXED BY rfi_customer " + for_customer +
                          "AND customer_id > ?1 COLLATE NOCASE "
                          "ORDER BY customer_id COLLATE NOCASE LIMIT 1"),
      cancelled_(database,
                 "SELECT id, reference, customer_id FROM rfi INDEXED BY rfi_cancelled "
                 "WHERE state = 'cancelled' AND finished_at IS NULL LIMIT ?1"),
      candidate_(database,
                 "SELECT reference, customer_id, requested, documents FROM rfi "
                 "WHERE id = ?1 AND state = 'pending'"),
      empty_(database, "SELECT id FROM rfi INDEXED BY rfi_line " + in_line + order + "LIMIT 1"),
      next_time_(
          database,
          "SELECT due_at FROM rfi INDEXED BY rfi_time " + for_time + "ORDER BY due_at, id LIMIT 1"),
      next_deadline_(
          database,
          "SELECT deadline FROM rfi INDEXED BY rfi_deadline "
          "WHERE state = 'pending' AND deadline IS NOT NULL ORDER BY deadline, id LIMIT 1"),
      bring_in_(database, "UPDATE rfi SET waiting_for = NULL WHERE id = ?1 AND state = 'pending'"),
      to_time_(database, "UPDATE rfi SET waiting_for = 'time' WHERE id = ?1 AND state = 'pending'"),
      to_customer_(database,
                   "UPDATE rfi SET waiting_for = 'customer' WHERE id = ?1 AND state = 'pending'"),
      stamp_(database,
             "UPDATE rfi SET finished_at = ?2, updated_at = ?2, waiting_for = NULL "
             "WHERE id = ?1 AND state = 'cancelled'") {}

std::vector<LineRow> Line::first(std::size_t limit) {
  return rows_of(first_, limit);
}
std::vector<LineRow> Line::oldest(std::size_t limit) {
  return rows_of(oldest_, limit);
}
std::vector<LineRow> Line::newest(std::size_t limit) {
  return rows_of(newest_, limit);
}
std::vector<LineRow> Line::due(UtcTime now, std::size_t limit) {
  return rows_of(due_, now, limit);
}
std::vector<LineRow> Line::overdue(UtcTime now, std::size_t limit) {
  return rows_of(overdue_, now, limit);
}

std::optional<LineRow> Line::best_of_customer(std::string_view customer_id) {
  auto found = rows_of(best_, customer_id);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::optional<std::string> Line::customer_after(std::string_view customer_id) {
  auto rows = customer_after_.query(customer_id);
  return rows.next() ? std::optional(rows.text(0)) : std::nullopt;
}

std::vector<Cancelled> Line::cancelled(std::size_t limit) {
  std::vector<Cancelled> found;
  auto rows = cancelled_.query(limit);
  while (rows.next()) {
    found.push_back({RfiId{rows.integer(0)}, rows.text(1), rows.text(2)});
  }
  return found;
}

std::vector<RfiId> Line::ids(std::size_t skip, std::size_t limit) {
  std::vector<RfiId> found;
  auto rows = ids_.query(skip, limit);
  while (rows.next()) {
    found.push_back(RfiId{rows.integer(0)});
  }
  return found;
}

std::optional<Candidate> Line::candidate(RfiId id) {
  auto rows = candidate_.query(number(id));
  if (!rows.next()) {
    return std::nullopt;
  }
  return Candidate{.id = id,
                   .reference = rows.text(0),
                   .customer_id = rows.text(1),
                   .requested = rows.text(2),
                   .documents = rows.text(3)};
}

bool Line::is_unchanged(const Candidate& candidate) {
  auto rows = candidate_.query(number(candidate.id));
  return rows.next() && rows.bytes(0) == candidate.reference &&
         rows.bytes(1) == candidate.customer_id && rows.bytes(2) == candidate.requested &&
         rows.bytes(3) == candidate.documents;
}

bool Line::is_empty() {
  auto rows = empty_.query();
  return !rows.next();
}

std::optional<UtcTime> Line::next_time() {
  return time_of(next_time_);
}
std::optional<UtcTime> Line::next_deadline() {
  return time_of(next_deadline_);
}

void Line::bring_in(RfiId id) {
  bring_in_.run(number(id));
}
void Line::wait_for_time(RfiId id) {
  to_time_.run(number(id));
}
void Line::wait_for_customer(RfiId id) {
  to_customer_.run(number(id));
}
void Line::stamp_cancelled(RfiId id, UtcTime now) {
  stamp_.run(number(id), now);
}

}  // namespace rfi::queue
