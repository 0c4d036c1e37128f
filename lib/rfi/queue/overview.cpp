#include "rfi/queue/overview.hpp"

#include "rfi/queue/live_walk.hpp"

#include <algorithm>

namespace rfi::queue {
namespace {

using policy::UtcTime;

// An entry of an index takes 0.2 us, a row of the table up to 4: either way a chunk stays under
// 5 ms.
constexpr std::size_t kEntriesPerRead = 4096;
constexpr std::size_t kRowsPerRead = 512;
// How far into the line the oldest due row is looked for behind rows that are not due yet.
constexpr std::size_t kMostRowsLookedAt = 16 * kRowsPerRead;

void keep_earlier(std::optional<UtcTime>& earliest, UtcTime time) {
  earliest = earliest ? std::min(*earliest, time) : time;
}

std::int64_t count(const Database& database, LiveSlice slice) {
  LiveWalk walk(database, slice);
  std::int64_t total = 0;
  for (;;) {
    const auto rows = walk.next(kEntriesPerRead);
    total += static_cast<std::int64_t>(rows.size());
    if (rows.size() < kEntriesPerRead) {
      return total;
    }
  }
}

void count_waiting_for_customer(const Database& database, Overview& overview) {
  LiveWalk walk(database, LiveSlice::waiting_for_customer);
  for (;;) {
    const auto rows = walk.next(kRowsPerRead);
    overview.waiting_for_customer += static_cast<std::int64_t>(rows.size());
    for (const auto& row : rows) {
      keep_earlier(overview.oldest_due, row.since);
    }
    if (rows.size() < kRowsPerRead) {
      return;
    }
  }
}

// Nobody has sorted the rows in line by time while no daemon runs: some may not be due yet.
void look_along_line(const Database& database, UtcTime now, Overview& overview) {
  Statement read(database,
                 "SELECT created_at, id, due_at FROM rfi INDEXED BY rfi_age "
                 "WHERE state = 'pending' AND waiting_for IS NULL AND (created_at, id) > (?1, ?2) "
                 "ORDER BY created_at, id LIMIT ?3");
  UtcTime created_at = UtcTime::min();
  std::int64_t id = 0;
  std::size_t met = kRowsPerRead;
  for (std::size_t seen = 0; met == kRowsPerRead && seen < kMostRowsLookedAt; seen += met) {
    met = 0;
    auto rows = read.query(created_at, id, kRowsPerRead);
    while (rows.next()) {
      ++met;
      created_at = policy::utc_from_unix_ms(rows.integer(0));
      id = rows.integer(1);
      const UtcTime due = policy::utc_from_unix_ms(rows.integer(2));
      if (due > now) {
        keep_earlier(overview.next_due, due);
      } else {
        keep_earlier(overview.oldest_due, std::max(created_at, due));
      }
      if (overview.oldest_due && *overview.oldest_due <= created_at) {
        return;
      }
    }
  }
}

void look_at_times(const Database& database, UtcTime now, Overview& overview) {
  Statement due(database,
                "SELECT max(created_at, due_at) FROM rfi INDEXED BY rfi_time WHERE state = "
                "'pending' AND waiting_for = 'time' AND due_at <= ?1 ORDER BY due_at, id LIMIT 1");
  Statement ahead(database,
                  "SELECT due_at FROM rfi INDEXED BY rfi_time WHERE state = 'pending' "
                  "AND waiting_for = 'time' AND due_at > ?1 ORDER BY due_at, id LIMIT 1");
  if (auto rows = due.query(now); rows.next()) {
    keep_earlier(overview.oldest_due, policy::utc_from_unix_ms(rows.integer(0)));
  }
  if (auto rows = ahead.query(now); rows.next()) {
    keep_earlier(overview.next_due, policy::utc_from_unix_ms(rows.integer(0)));
  }
}

void read_tally(const Database& database, Overview& overview) {
  Statement statement(database, "SELECT state, failure, count FROM tally");
  auto rows = statement.query();
  while (rows.next()) {
    if (rows.bytes(0) == "submitted") {
      overview.submitted = rows.integer(2);
    } else if (const auto failure = policy::failure_from(rows.bytes(1))) {
      overview.failed[*failure] = rows.integer(2);
    }
  }
}

}  // namespace

std::int64_t Overview::failed_in_all() const {
  std::int64_t total = 0;
  for (const auto& [failure, count] : failed) {
    total += count;
  }
  return total;
}

Overview read_overview(const Database& database, UtcTime now, std::size_t deadlines) {
  Overview overview;
  read_tally(database, overview);
  overview.in_line = count(database, LiveSlice::in_line);
  overview.waiting_for_time = count(database, LiveSlice::waiting_for_time);
  overview.submitting = count(database, LiveSlice::submitting);
  overview.cancelled =
      count(database, LiveSlice::cancelled_unstamped) + count(database, LiveSlice::cancelled);
  count_waiting_for_customer(database, overview);
  look_along_line(database, now, overview);
  look_at_times(database, now, overview);
  {
    Statement nearest(database,
                      "SELECT reference, deadline FROM rfi INDEXED BY rfi_deadline WHERE state = "
                      "'pending' AND deadline IS NOT NULL ORDER BY deadline, id LIMIT ?1");
    auto rows = nearest.query(deadlines);
    while (rows.next()) {
      overview.deadlines.push_back({rows.text(0), policy::utc_from_unix_ms(rows.integer(1))});
    }
  }
  if (const auto since =
          database.integer_of("SELECT started_at FROM unfit_period WHERE ended_at IS NULL "
                              "ORDER BY started_at DESC LIMIT 1")) {
    overview.unfit_since = policy::utc_from_unix_ms(*since);
  }
  return overview;
}

}  // namespace rfi::queue
