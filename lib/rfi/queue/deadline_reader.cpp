#include "rfi/queue/deadline_reader.hpp"

#include <algorithm>
#include <limits>

namespace rfi::queue {
namespace {

// A row of the table takes up to 4 us, an entry of an index 0.2: either way a piece stays under 5
// ms.
constexpr std::size_t kRowsPerRead = 512;
constexpr std::size_t kEntriesPerRead = 4096;
constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();

}  // namespace

// Two ranges, and three below: many deadlines are the same end of a day.
const std::string& deadline_rows_statement() {
  static const std::string columns =
      "SELECT reference, deadline, due_at, priority, id FROM rfi INDEXED BY rfi_deadline WHERE "
      "state = 'pending' AND deadline IS NOT NULL AND ";
  static const std::string statement =
      "SELECT * FROM (" + columns + "deadline = ?1 AND id > ?2 ORDER BY id LIMIT ?4) " +
      "UNION ALL SELECT * FROM (" + columns +
      "deadline > ?1 AND deadline <= ?3 ORDER BY deadline, id LIMIT ?4) LIMIT ?4";
  return statement;
}

const std::string& higher_rows_statement() {
  static const std::string columns =
      "SELECT priority, ifnull(deadline, 9223372036854775807) AS position, id FROM rfi "
      "INDEXED BY rfi_line WHERE state = 'pending' AND waiting_for IS NULL AND ";
  static const std::string order =
      "ORDER BY priority DESC, ifnull(deadline, 9223372036854775807), id LIMIT ?5)";
  static const std::string statement =
      "SELECT * FROM (" + columns +
      "priority = ?1 AND ifnull(deadline, 9223372036854775807) = ?2 AND id > ?3 " +
      "ORDER BY id LIMIT ?5) UNION ALL SELECT * FROM (" + columns +
      "priority = ?1 AND ifnull(deadline, 9223372036854775807) > ?2 " + order +
      " UNION ALL SELECT * FROM (" + columns + "priority < ?1 AND priority > ?4 " + order +
      " LIMIT ?5";
  return statement;
}

bool DeadlineReader::read_on(const Database& database) {
  switch (part_) {
    case Part::deadlines:
      read_deadlines(database);
      break;
    case Part::line:
      count_line(database);
      break;
    case Part::done:
      break;
  }
  return part_ != Part::done;
}

void DeadlineReader::read_deadlines(const Database& database) {
  const std::size_t before = rows_.size();
  Statement statement(database, deadline_rows_statement());
  auto found = statement.query(
      before == 0 ? kFirst : last_.deadline, last_.id, policy::unix_ms(until_), kRowsPerRead);
  while (found.next()) {
    rows_.push_back({.reference = found.text(0),
                     .deadline = policy::utc_from_unix_ms(found.integer(1)),
                     .due_at = policy::utc_from_unix_ms(found.integer(2)),
                     .priority = found.integer(3)});
    last_.deadline = found.integer(1);
    last_.id = found.integer(4);
    lowest_ = std::min(lowest_.value_or(found.integer(3)), found.integer(3));
  }
  const bool at_end = rows_.size() - before < kRowsPerRead;
  has_more_ = !at_end && rows_.size() >= kMostRows;
  if (at_end || has_more_) {
    part_ = lowest_ ? Part::line : Part::done;
    last_ = {.priority = std::numeric_limits<std::int64_t>::max(), .deadline = kFirst, .id = 0};
  }
}

void DeadlineReader::count_line(const Database& database) {
  Statement statement(database, higher_rows_statement());
  auto found = statement.query(last_.priority, last_.deadline, last_.id, *lowest_, kEntriesPerRead);
  std::size_t read = 0;
  while (found.next()) {
    ++read;
    last_ = {found.integer(0), found.integer(1), found.integer(2)};
    ++in_line_[last_.priority];
  }
  if (read < kEntriesPerRead) {
    part_ = Part::done;
  }
}

policy::RowsBefore DeadlineReader::rows_before() const {
  policy::RowsBefore before;
  for (const policy::DeadlineRow& row : rows_) {
    before.try_emplace(row.priority, 0);
  }
  for (auto& [priority, count] : before) {
    for (auto higher = in_line_.upper_bound(priority); higher != in_line_.end(); ++higher) {
      count += higher->second;
    }
  }
  return before;
}

}  // namespace rfi::queue
