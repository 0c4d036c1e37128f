#include "rfi/queue/overview.hpp"

#include <algorithm>
#include <array>

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

/// Where the rows of each slice are counted.
struct Counted {
  LiveSlice slice;
  std::int64_t Overview::* count;
  std::size_t rows_per_read;
};

constexpr std::array kSlices{
    Counted{LiveSlice::in_line, &Overview::in_line, kEntriesPerRead},
    Counted{LiveSlice::waiting_for_time, &Overview::waiting_for_time, kEntriesPerRead},
    Counted{LiveSlice::submitting, &Overview::submitting, kEntriesPerRead},
    Counted{LiveSlice::cancelled_unstamped, &Overview::cancelled, kEntriesPerRead},
    Counted{LiveSlice::cancelled, &Overview::cancelled, kEntriesPerRead},
    Counted{LiveSlice::waiting_for_customer, &Overview::waiting_for_customer, kRowsPerRead}};

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

std::int64_t Overview::failed_as(policy::Failure failure) const {
  const auto found = failed.find(failure);
  return found == failed.end() ? 0 : found->second;
}

std::int64_t Overview::failed_in_all() const {
  std::int64_t total = 0;
  for (const auto& [failure, count] : failed) {
    total += count;
  }
  return total;
}

bool OverviewReader::read_on(const Database& database) {
  if (slice_ < kSlices.size()) {
    read_slice(database);
    return true;
  }
  read_heads(database);
  return false;
}

void OverviewReader::read_slice(const Database& database) {
  const Counted& counted = kSlices.at(slice_);
  LiveWalk walk(database, counted.slice, behind_);
  const auto rows = walk.next(counted.rows_per_read);
  overview_.*counted.count += static_cast<std::int64_t>(rows.size());
  if (counted.slice == LiveSlice::waiting_for_customer) {
    for (const auto& row : rows) {
      keep_earlier(overview_.oldest_due, row.since);
    }
  }
  behind_ = walk.place();
  if (rows.size() < counted.rows_per_read) {
    ++slice_;
    behind_.reset();
  }
}

void OverviewReader::read_heads(const Database& database) {
  read_tally(database, overview_);
  look_along_line(database, now_, overview_);
  look_at_times(database, now_, overview_);
  Statement nearest(database,
                    "SELECT reference, deadline FROM rfi INDEXED BY rfi_deadline WHERE state = "
                    "'pending' AND deadline IS NOT NULL ORDER BY deadline, id LIMIT ?1");
  overview_.deadlines.clear();
  auto rows = nearest.query(deadlines_);
  while (rows.next()) {
    overview_.deadlines.push_back({rows.text(0), policy::utc_from_unix_ms(rows.integer(1))});
  }
  if (const auto since =
          database.integer_of("SELECT started_at FROM unfit_period WHERE ended_at IS NULL "
                              "ORDER BY started_at DESC LIMIT 1")) {
    overview_.unfit_since = policy::utc_from_unix_ms(*since);
  }
}

Overview read_overview(const Database& database, UtcTime now, std::size_t deadlines) {
  OverviewReader reader(now, deadlines);
  while (reader.read_on(database)) {
  }
  return reader.overview();
}

}  // namespace rfi::queue
