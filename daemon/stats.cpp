#include "stats.hpp"

#include "rfi/platform/events.hpp"
#include "rfi/queue/journal.hpp"

#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>

namespace rfi::daemon {

QueueFigures read_figures(const queue::Database& database, policy::UtcTime now) {
  QueueFigures figures;
  figures.overview = queue::read_overview(database, now);
  figures.journal_bytes = queue::journal_bytes(database.path());
  return figures;
}

void log_stats(const platform::Log& log, const QueueFigures& figures, policy::UtcTime now) {
  using platform::Field;
  const queue::Overview& overview = figures.overview;
  std::optional<std::chrono::milliseconds> oldest_due_age;
  if (overview.oldest_due) {
    oldest_due_age = now - *overview.oldest_due;
  }
  std::optional<std::string_view> unfit_reason;
  std::optional<std::string> unfit_since;
  if (!figures.unfit_reason.empty()) {
    unfit_reason = figures.unfit_reason;
    if (overview.unfit_since) {
      unfit_since = platform::rfc3339(*overview.unfit_since);
    }
  }
  log.write(platform::Level::info,
            platform::event::kQueueStats,
            {Field{"pending", overview.pending()},
             Field{"submitting", overview.submitting},
             Field{"submitted", overview.submitted},
             Field{"failed", overview.failed_in_all()},
             Field{"cancelled", overview.cancelled},
             Field{"oldest_due_age_ms", oldest_due_age},
             Field{"open", figures.open},
             Field{"in_flight", figures.in_flight},
             Field{"window", figures.window},
             Field{"rate", figures.rate},
             Field{"destination", figures.unfit_reason.empty() ? "fit" : "unfit"},
             Field{"unfit_reason", unfit_reason},
             Field{"unfit_since", unfit_since},
             Field{"journal_bytes", figures.journal_bytes}});
  log.flush();
}

std::string status_line(const QueueFigures& figures) {
  return std::to_string(figures.overview.pending()) + " pending, " +
         std::to_string(figures.in_flight) + " in flight, " +
         std::to_string(figures.overview.failed_in_all()) + " failed, " +
         std::to_string(std::lround(figures.rate)) + "/s; destination " +
         (figures.unfit_reason.empty() ? "fit" : "unfit: " + figures.unfit_reason);
}

}  // namespace rfi::daemon
