#include "rfi/queue/listing.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace rfi::queue {
namespace {

// Rows read in one go: their documents lie on pages of their own that are not touched.
constexpr std::size_t kRowsPerRead = 256;

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

Listing::Listing(const Database& database, RowFilter filter)
    : database_(database),
      filter_(std::move(filter)),
      lookup_(database),
      slices_(slices_of(filter_.state)),
      before_(std::numeric_limits<std::int64_t>::max()),
      remaining_(slices_.empty() ? tally_of(database, filter_.state) : 0),
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
    if (auto row = lookup_.by_id(live.id); row && matches(filter_, *row)) {
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
  auto rows = lookup_.rows_below(before_, kRowsPerRead);
  for (auto& row : rows) {
    if (found.size() == limit) {
      break;
    }
    ++seen;
    before_ = static_cast<std::int64_t>(row.id);
    // Counted before the rest of the filter, as the tally counts.
    remaining_ -= !filter_.state || row.state == policy::to_string(*filter_.state) ? 1 : 0;
    if (matches(filter_, row)) {
      found.push_back(std::move(row));
    }
  }
  at_end_ = remaining_ <= 0 || (seen == rows.size() && rows.size() < kRowsPerRead);
  return found;
}

Selection::Selection(const Database& database, RowFilter filter)
    : filter_(std::move(filter)),
      lookup_(database),
      end_(RfiId{database.integer_of("SELECT max(id) FROM rfi").value_or(0)}) {}

std::vector<RfiRow> Selection::next() {
  std::vector<RfiRow> found;
  auto rows = lookup_.rows_above(last_, kRowsPerRead);
  at_end_ = rows.size() < kRowsPerRead;
  for (auto& row : rows) {
    if (row.id > end_) {
      at_end_ = true;
      break;
    }
    last_ = row.id;
    if (matches(filter_, row)) {
      found.push_back(std::move(row));
    }
  }
  return found;
}

}  // namespace rfi::queue
