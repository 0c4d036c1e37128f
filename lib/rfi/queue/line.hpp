// The statements that find the next rows and move them in and out of the line. Each runs on a
// partial index: its cost does not grow with history or with the rows that wait.
#pragma once

#include "rfi/queue/plan.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/queue/sqlite.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::queue {

/// Prepared once per connection; throws SqliteError when an index or a column is missing.
class Line {
 public:
  explicit Line(const Database& database);

  /// Rows in line, in the order of the line; oldest() and newest() by age instead.
  [[nodiscard]] std::vector<LineRow> first(std::size_t limit);
  [[nodiscard]] std::vector<LineRow> oldest(std::size_t limit);
  [[nodiscard]] std::vector<LineRow> newest(std::size_t limit);
  /// Rows that wait for a time that has come.
  [[nodiscard]] std::vector<LineRow> due(UtcTime now, std::size_t limit);
  /// Pending rows, wherever they wait, whose deadline has come.
  [[nodiscard]] std::vector<LineRow> overdue(UtcTime now, std::size_t limit);
  /// The row of this customer that goes first among those that wait for the customer.
  [[nodiscard]] std::optional<LineRow> best_of_customer(std::string_view customer_id);
  /// The customer after `customer_id` (any case; empty: the first) who has waiting rows.
  [[nodiscard]] std::optional<std::string> customer_after(std::string_view customer_id);
  /// Rows a producer cancelled and nobody has stamped.
  [[nodiscard]] std::vector<Cancelled> cancelled(std::size_t limit);
  /// The ids of so many rows in line behind the first `skip`.
  [[nodiscard]] std::vector<RfiId> ids(std::size_t skip, std::size_t limit);
  /// The row with its documents, if it is in line.
  [[nodiscard]] std::optional<Candidate> candidate(RfiId id);
  /// True when the row is in line and its documents are those of `candidate`.
  [[nodiscard]] bool is_unchanged(const Candidate& candidate);

  [[nodiscard]] bool is_empty();
  [[nodiscard]] std::optional<UtcTime> next_time();
  [[nodiscard]] std::optional<UtcTime> next_deadline();

  void bring_in(RfiId id);
  void wait_for_time(RfiId id);
  void wait_for_customer(RfiId id);
  void stamp_cancelled(RfiId id, UtcTime now);

 private:
  Statement first_, ids_, oldest_, newest_, due_, overdue_, best_, customer_after_, cancelled_,
      candidate_;
  Statement empty_, next_time_, next_deadline_, bring_in_, to_time_, to_customer_, stamp_;
};

}  // namespace rfi::queue
