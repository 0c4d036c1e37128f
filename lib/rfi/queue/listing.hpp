// Rows in pages, for `list`: newest first, live states in the order of their indexes.
#pragma once

#include "rfi/queue/live_walk.hpp"
#include "rfi/queue/lookup.hpp"
#include "rfi/queue/row_filter.hpp"
#include "rfi/queue/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rfi::queue {

/// No read stays open between two pages.
class Listing {
 public:
  Listing(const Database& database, RowFilter filter);

  /// The next rows, at most `limit`, and at most a short read's worth; may be empty before the end.
  [[nodiscard]] std::vector<RfiRow> next(std::size_t limit);
  [[nodiscard]] bool at_end() const { return at_end_; }

 private:
  [[nodiscard]] std::vector<RfiRow> next_live(std::size_t limit);
  [[nodiscard]] std::vector<RfiRow> next_by_id(std::size_t limit);

  const Database& database_;
  RowFilter filter_;
  Lookup lookup_;
  std::vector<LiveSlice> slices_;  // those still to come, the next one last
  std::optional<LiveWalk> walk_;
  std::int64_t before_;
  std::int64_t remaining_;  // finished rows of that state still to be met
  bool at_end_ = false;
};

/// The ids of the rows that match, in the order of arrival; rows queued after it was made are not
/// met. For changes: what a row is must be read again under the lock.
class Selection {
 public:
  Selection(const Database& database, RowFilter filter);

  /// The matching rows among the next few hundred; may be empty before the end.
  [[nodiscard]] std::vector<RfiRow> next();
  [[nodiscard]] bool at_end() const { return at_end_; }

 private:
  RowFilter filter_;
  Lookup lookup_;
  RfiId last_{};
  RfiId end_{};
  bool at_end_ = false;
};

}  // namespace rfi::queue
