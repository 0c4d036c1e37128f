// Whether rows will miss their deadlines, from round to round of the figures: what is known of the
// service's speed, and what is said of the risk. How the risk is found is policy's.
#pragma once

#include "stats.hpp"

#include "rfi/platform/log.hpp"
#include "rfi/policy/deadlines_at_risk.hpp"
#include "rfi/queue/deadline_reader.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace rfi::daemon {

class DeadlineWatch {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  /// A round, with figures that have an overview. `rate_limit`: of requests a second, 0: none.
  void learn(const QueueFigures& figures,
             policy::UtcTime now,
             Instant steady_now,
             double rate_limit);

  /// Up to when deadlines can be at risk; nothing if the nearest one is safe whatever its place.
  [[nodiscard]] std::optional<policy::UtcTime> endangered_until(const QueueFigures& figures) const;

  /// Judges what was read up to then and writes `deadline.at_risk` when there is something new to
  /// say. Null: there was nothing to be read. Returns how many are at risk.
  std::size_t judge(const platform::Log& log,
                    const QueueFigures& figures,
                    const queue::DeadlineReader* read);

 private:
  policy::Headway headway_;
  std::optional<double> learned_rate_;  ///< rows finished a second when there were enough
  std::optional<Instant> looked_at_;
  Instant progress_at_{};  ///< when a row was last finished, or none was due
  std::int64_t in_line_before_ = 0;
  policy::RiskReports reports_;
};

}  // namespace rfi::daemon
