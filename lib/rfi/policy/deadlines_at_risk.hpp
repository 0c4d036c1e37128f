// Which deadlines will probably be missed as things stand, while somebody can still do something
// about it. Pure: backlog, rate and times are handed in.
#pragma once

#include "rfi/policy/utc_time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rfi::policy {

/// A pending row that has a deadline.
struct DeadlineRow {
  std::string reference;
  UtcTime deadline{};
  UtcTime due_at{};  ///< not sent before
  std::int64_t priority = 0;
};

/// How the service gets on.
struct Headway {
  UtcTime now{};
  /// Rows it finishes a second while there are enough; above 0.
  double rate = 1.0;
  /// For how long nothing has been finished although rows were due: the destination is unfit, the
  /// daemon paused, the queue locked. Nobody knows when that ends; what has lasted for so long is
  /// expected to last as long again.
  std::chrono::milliseconds standstill{0};
  std::chrono::milliseconds per_row{0};  ///< from the claim of a row to its answer
};

/// By priority, how many rows in line have a higher one. A priority that is missing has none before
/// it.
using RowsBefore = std::map<std::int64_t, std::uint64_t>;

struct DeadlinesAtRisk {
  struct Row {
    std::string reference;
    UtcTime deadline{};
    UtcTime expected_at{};  ///< when its answer can be expected at the earliest
  };

  std::size_t count = 0;
  std::optional<Row> nearest;  ///< the one whose deadline comes first
};

/// Sends the rows in thought: by priority, then deadline, one claim in `ageing_slots` going to the
/// rows that came first instead (0: none does).
[[nodiscard]] DeadlinesAtRisk deadlines_at_risk(std::vector<DeadlineRow> rows,
                                                const RowsBefore& before,
                                                const Headway& headway,
                                                std::uint64_t ageing_slots);

/// The latest deadline that a backlog of so many rows can endanger: later ones need not be read.
[[nodiscard]] UtcTime endangered_until(std::uint64_t backlog,
                                       const Headway& headway,
                                       std::uint64_t ageing_slots);

/// Says a risk when it begins, when it has doubled since it was last said, and when it has been
/// over for three looks: not at every look.
class RiskReports {
 public:
  enum class Say { nothing, begun, grown, over };

  [[nodiscard]] Say look(std::size_t at_risk);

 private:
  std::size_t said_ = 0;  ///< 0: no risk is known
  int looks_without_ = 0;
};

}  // namespace rfi::policy
