#include "stats.hpp"

#include "rfi/platform/events.hpp"
#include "rfi/queue/journal.hpp"

#include <cmath>
#include <string_view>
#include <system_error>

namespace rfi::daemon {
namespace {

using platform::Field;
using platform::Group;
using policy::Failure;
using policy::Outcome;

/// What was read of the queue; nothing of it stands in the line while it cannot be read.
struct Counts {
  explicit Counts(const QueueFigures& figures, policy::UtcTime now) {
    if (!figures.overview) {
      return;
    }
    const queue::Overview& overview = *figures.overview;
    pending = overview.pending();
    waiting_for_time = overview.waiting_for_time;
    waiting_for_customer = overview.waiting_for_customer;
    submitting = overview.submitting;
    submitted = overview.submitted;
    failed = overview.failed_in_all();
    failed_by = Group{Field{"invalid", overview.failed_as(Failure::invalid)},
                      Field{"rejected", overview.failed_as(Failure::rejected)},
                      Field{"expired", overview.failed_as(Failure::expired)},
                      Field{"exhausted", overview.failed_as(Failure::exhausted)}};
    cancelled = overview.cancelled;
    oldest_due_age =
        overview.oldest_due ? now - *overview.oldest_due : std::chrono::milliseconds{0};
    if (!figures.unfit_reason.empty()) {
      unfit_since = overview.unfit_since;
    }
  }

  std::optional<std::int64_t> pending, waiting_for_time, waiting_for_customer, submitting,
      submitted, failed, cancelled;
  std::optional<Group> failed_by;
  std::optional<std::chrono::milliseconds> oldest_due_age;
  std::optional<policy::UtcTime> unfit_since;
};

Group attempts_of(const service::Activity::Outcomes& outcomes) {
  const auto of = [&outcomes](Outcome outcome) {
    return outcomes.at(static_cast<std::size_t>(outcome));
  };
  return {Field{"accepted", of(Outcome::accepted)},
          Field{"rejected", of(Outcome::rejected)},
          Field{"throttled", of(Outcome::throttled)},
          Field{"unauthorized", of(Outcome::unauthorized)},
          Field{"unavailable", of(Outcome::unavailable)},
          Field{"not_sent", of(Outcome::not_sent)},
          Field{"unknown", of(Outcome::unknown)},
          Field{"confirmed", of(Outcome::confirmed)}};
}

Group finished_of(const service::Activity::Ends& ends) {
  const auto of = [&ends](Failure failure) {
    return ends.failed.at(static_cast<std::size_t>(failure));
  };
  return {Field{"submitted", ends.submitted},
          Field{"invalid", of(Failure::invalid)},
          Field{"rejected", of(Failure::rejected)},
          Field{"expired", of(Failure::expired)},
          Field{"exhausted", of(Failure::exhausted)}};
}

std::optional<Group> response_of(const std::optional<service::ResponseTimes>& times) {
  if (!times) {
    return std::nullopt;
  }
  return Group{Field{"p50", times->p50}, Field{"p90", times->p90}, Field{"p99", times->p99}};
}

}  // namespace

FileFigures read_file_figures(const std::filesystem::path& queue) {
  FileFigures figures;
  figures.journal_bytes = queue::journal_bytes(queue);
  std::error_code error;
  if (const auto size = std::filesystem::file_size(queue, error); !error) {
    figures.queue_bytes = size;
  }
  if (const auto space = std::filesystem::space(queue.parent_path(), error); !error) {
    figures.disk_free_bytes = space.available;
  }
  return figures;
}

void log_stats(const platform::Log& log, const QueueFigures& figures, policy::UtcTime now) {
  const Counts counts(figures, now);
  const bool fit = figures.unfit_reason.empty();
  const auto unfit_reason = fit ? std::nullopt : std::optional(figures.unfit_reason);
  log.write(platform::Level::info,
            platform::event::kQueueStats,
            {Field{"pending", counts.pending},
             Field{"waiting_for_time", counts.waiting_for_time},
             Field{"waiting_for_customer", counts.waiting_for_customer},
             Field{"submitting", counts.submitting},
             Field{"submitted", counts.submitted},
             Field{"failed", counts.failed},
             Field{"failed_by", counts.failed_by},
             Field{"cancelled", counts.cancelled},
             Field{"oldest_due_age_ms", counts.oldest_due_age},
             Field{"deadlines_at_risk", figures.deadlines_at_risk},
             Field{"open", figures.open},
             Field{"in_flight", figures.in_flight},
             Field{"window", figures.window},
             Field{"rate", figures.rate},
             Field{"attempts", attempts_of(figures.attempts)},
             Field{"finished", finished_of(figures.ends)},
             Field{"response_ms", response_of(figures.response_times)},
             Field{"destination", fit ? "fit" : "unfit"},
             Field{"unfit_reason", unfit_reason},
             Field{"unfit_since", counts.unfit_since},
             Field{"unfit_for_ms", figures.unfit_for},
             Field{"blocked_for_ms", figures.blocked_for},
             Field{"queue_bytes", figures.files.queue_bytes},
             Field{"journal_bytes", figures.files.journal_bytes},
             Field{"disk_free_bytes", figures.files.disk_free_bytes}});
  log.flush();
}

std::string status_line(const QueueFigures& figures) {
  std::string pending;
  std::string failed;
  if (figures.overview) {
    pending = std::to_string(figures.overview->pending()) + " pending, ";
    failed = std::to_string(figures.overview->failed_in_all()) + " failed, ";
  }
  return pending + std::to_string(figures.in_flight) + " in flight, " + failed +
         std::to_string(std::lround(figures.rate)) + "/s; destination " +
         (figures.unfit_reason.empty() ? "fit" : "unfit: " + figures.unfit_reason);
}

}  // namespace rfi::daemon
