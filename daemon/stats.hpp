// The queue in numbers, now and then: the `queue.stats` line and systemd's status line.
#pragma once

#include "rfi/platform/clock.hpp"
#include "rfi/platform/log.hpp"
#include "rfi/queue/overview.hpp"
#include "rfi/service/activity.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace rfi::daemon {

/// What the files say.
struct FileFigures {
  std::uintmax_t journal_bytes = 0;
  std::uintmax_t queue_bytes = 0;
  std::optional<std::uintmax_t> disk_free_bytes;  ///< for an unprivileged process
};

struct QueueFigures {
  std::optional<queue::Overview> overview;  ///< nothing: the queue could not be read
  FileFigures files;
  std::size_t in_flight = 0;
  std::size_t open = 0;
  std::size_t window = 0;    ///< how many requests may be in flight at present
  std::string unfit_reason;  ///< empty while the destination is fit
  std::chrono::milliseconds unfit_for{0};
  std::chrono::milliseconds blocked_for{0};  ///< nothing gets through to the queue, or is claimed
  double rate = 0.0;                         ///< attempts recorded a second since the line before
  service::Activity::Outcomes attempts{};    ///< since the line before
  service::Activity::Ends ends;              ///< since the line before
  std::optional<service::ResponseTimes> response_times;
  std::optional<std::size_t> deadlines_at_risk;
};

/// Asks the file system; what cannot be had is 0 or nothing.
[[nodiscard]] FileFigures read_file_figures(const std::filesystem::path& queue);

void log_stats(const platform::Log& log, const QueueFigures& figures, policy::UtcTime now);

/// One line for `systemctl status`: backlog, rate, destination.
[[nodiscard]] std::string status_line(const QueueFigures& figures);

}  // namespace rfi::daemon
