// The pending rows with a deadline, and how many rows go before them: what a forecast of missed
// deadlines is made of.
#pragma once

#include "rfi/policy/deadlines_at_risk.hpp"
#include "rfi/policy/utc_time.hpp"
#include "rfi/queue/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rfi::queue {

/// Reads in pieces of a few milliseconds, as OverviewReader. Where no pending row has a deadline it
/// is one look into an empty index; rows of a higher priority are counted only if there are such.
class DeadlineReader {
 public:
  /// So many rows are read at most, those with the nearest deadlines.
  static constexpr std::size_t kMostRows = 16'384;

  /// Rows with a deadline up to `until`.
  explicit DeadlineReader(policy::UtcTime until) : until_(until) {}

  /// Reads one piece; false once all is read. Throws SqliteError; then it may be called again.
  [[nodiscard]] bool read_on(const Database& database);

  [[nodiscard]] const std::vector<policy::DeadlineRow>& rows() const { return rows_; }
  /// For the priorities in rows().
  [[nodiscard]] policy::RowsBefore rows_before() const;
  /// Whether there were more than kMostRows.
  [[nodiscard]] bool has_more() const { return has_more_; }

 private:
  enum class Part { deadlines, line, done };
  struct Place {
    std::int64_t priority = 0;
    std::int64_t deadline = 0;
    std::int64_t id = 0;
  };

  void read_deadlines(const Database& database);
  void count_line(const Database& database);

  policy::UtcTime until_;
  Part part_ = Part::deadlines;
  std::vector<policy::DeadlineRow> rows_;
  bool has_more_ = false;
  Place last_;                          ///< the last row of this part that was read
  std::optional<std::int64_t> lowest_;  ///< priority in rows_
  policy::RowsBefore in_line_;          ///< rows in line by their own priority
};

/// The statements behind it: the test looks at their plans.
[[nodiscard]] const std::string& deadline_rows_statement();
[[nodiscard]] const std::string& higher_rows_statement();

}  // namespace rfi::queue
