#include "rfi/queue/live_walk.hpp"

#include <limits>
#include <utility>

namespace rfi::queue {
namespace {

// Every statement returns id, since, customer_id, priority, position and takes the last row's
// position (?1), id (?2) and the limit (?3); those by customer its customer_id (?4), and the one
// that goes by priority too its priority (?5).
const std::string nobody = ", '', 0, ";
const std::string customer_columns =
    "SELECT id, max(created_at, due_at) AS since, customer_id, priority, "
    "ifnull(deadline, 9223372036854775807) AS position FROM rfi INDEXED BY rfi_customer "
    "WHERE state = 'pending' AND waiting_for = 'customer' ";

// Two ranges: of `(time, id) > (?1, ?2)` SQLite takes only the time to the index, and a million
// rows that were inserted in one statement have the same.
std::string by_time(const std::string& time, const std::string& index, const std::string& where) {
  const std::string columns = "SELECT id, " + time + nobody + time + " AS position FROM rfi " +
                              "INDEXED BY " + index + " WHERE " + where + " AND ";
  return "SELECT * FROM (" + columns + time + " = ?1 AND id > ?2 ORDER BY id LIMIT ?3) " +
         "UNION ALL SELECT * FROM (" + columns + time + " > ?1 ORDER BY " + time +
         ", id LIMIT ?3) LIMIT ?3";
}

// One range of the index each: the rest of this customer's rows of the same priority and deadline,
// those of a later deadline, of a lower priority, and the customers behind. A single OR over them
// would read the index from its start.
std::string by_customer() {
  return "SELECT * FROM (" + customer_columns +
         "AND customer_id = ?4 COLLATE NOCASE AND priority = ?5 "
         "AND ifnull(deadline, 9223372036854775807) = ?1 AND id > ?2 ORDER BY id LIMIT ?3) "
         "UNION ALL SELECT * FROM (" +
         customer_columns +
         "AND customer_id = ?4 COLLATE NOCASE AND priority = ?5 "
         "AND ifnull(deadline, 9223372036854775807) > ?1 "
         "ORDER BY ifnull(deadline, 9223372036854775807), id LIMIT ?3) "
         "UNION ALL SELECT * FROM (" +
         customer_columns +
         "AND customer_id = ?4 COLLATE NOCASE AND priority < ?5 "
         "ORDER BY priority DESC, ifnull(deadline, 9223372036854775807), id LIMIT ?3) "
         "UNION ALL SELECT * FROM (" +
         customer_columns +
         "AND customer_id > ?4 COLLATE NOCASE ORDER BY customer_id COLLATE NOCASE, "
         "priority DESC, ifnull(deadline, 9223372036854775807), id LIMIT ?3) LIMIT ?3";
}

std::string of_submitting() {
  const std::string columns =
      "SELECT id, 0 AS since, customer_id, 0 AS priority, 0 AS position FROM rfi "
      "INDEXED BY rfi_open WHERE state = 'submitting' ";
  return "SELECT * FROM (" + columns +
         "AND customer_id = ?4 COLLATE NOCASE AND id > ?2 ORDER BY id LIMIT ?3) "
         "UNION ALL SELECT * FROM (" +
         columns +
         "AND customer_id > ?4 COLLATE NOCASE ORDER BY customer_id COLLATE NOCASE, id LIMIT ?3) "
         "LIMIT ?3";
}

}  // namespace

const std::string& live_walk_statement(LiveSlice slice) {
  static const std::string in_line =
      by_time("created_at", "rfi_age", "state = 'pending' AND waiting_for IS NULL");
  static const std::string for_time =
      by_time("due_at", "rfi_time", "state = 'pending' AND waiting_for = 'time'");
  static const std::string for_customer = by_customer();
  static const std::string submitting = of_submitting();
  static const std::string unstamped =
      "SELECT id, 0, '', 0, 0 FROM rfi INDEXED BY rfi_cancelled WHERE state = 'cancelled' "
      "AND finished_at IS NULL AND id > ?2 ORDER BY id LIMIT ?3";
  static const std::string cancelled =
      by_time("finished_at", "rfi_cancelled", "state = 'cancelled'");
  switch (slice) {
    case LiveSlice::in_line:
      return in_line;
    case LiveSlice::waiting_for_time:
      return for_time;
    case LiveSlice::waiting_for_customer:
      return for_customer;
    case LiveSlice::submitting:
      return submitting;
    case LiveSlice::cancelled_unstamped:
      return unstamped;
    case LiveSlice::cancelled:
      break;
  }
  return cancelled;
}

LiveWalk::LiveWalk(const Database& database, LiveSlice slice, std::optional<Place> behind)
    : slice_(slice), statement_(database, live_walk_statement(slice)), last_(std::move(behind)) {}

Cursor LiveWalk::rows_behind(const Place& key, std::size_t limit) {
  if (slice_ == LiveSlice::waiting_for_customer) {
    return statement_.query(key.position, key.id, limit, key.customer_id, key.priority);
  }
  if (slice_ == LiveSlice::submitting) {
    return statement_.query(key.position, key.id, limit, key.customer_id);
  }
  return statement_.query(key.position, key.id, limit);
}

std::vector<LiveRow> LiveWalk::next(std::size_t limit) {
  const Place from = last_.value_or(Place{.customer_id = "",
                                          .priority = std::numeric_limits<std::int64_t>::min(),
                                          .position = std::numeric_limits<std::int64_t>::min(),
                                          .id = 0});
  std::vector<LiveRow> found;
  auto rows = rows_behind(from, limit);
  while (rows.next()) {
    found.push_back({RfiId{rows.integer(0)}, policy::utc_from_unix_ms(rows.integer(1))});
    last_ = Place{.customer_id = rows.text(2),
                  .priority = rows.integer(3),
                  .position = rows.integer(4),
                  .id = rows.integer(0)};
  }
  return found;
}

}  // namespace rfi::queue
