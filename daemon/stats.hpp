// The queue in numbers, now and then: the `queue.stats` line and systemd's status line.
#pragma once

#include "rfi/platform/clock.hpp"
#include "rfi/platform/log.hpp"
#include "rfi/queue/overview.hpp"
#include "rfi/queue/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace rfi::daemon {

struct QueueFigures {
  queue::Overview overview;
  std::uintmax_t journal_bytes = 0;
  std::size_t in_flight = 0;
  std::size_t open = 0;
  std::size_t window = 0;    ///< how many requests may be in flight at present
  std::string unfit_reason;  ///< empty while the destination is fit
  double rate = 0.0;         ///< attempts recorded a second since the line before
};

/// Store's thread. Throws queue::SqliteError.
[[nodiscard]] QueueFigures read_figures(const queue::Database& database, policy::UtcTime now);

void log_stats(const platform::Log& log, const QueueFigures& figures, policy::UtcTime now);

/// One line for `systemctl status`: backlog, rate, destination.
[[nodiscard]] std::string status_line(const QueueFigures& figures);

}  // namespace rfi::daemon
