#include "deadline_watch.hpp"

#include "rfi/platform/events.hpp"
#include "rfi/queue/plan.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace rfi::daemon {
namespace {

using platform::Field;
using platform::Level;
using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using Say = policy::RiskReports::Say;

/// Until an answer has come nobody knows how long one takes.
constexpr milliseconds kGuessedResponse{1'000};

/// What can be expected without having seen it: as many at a time as may be in flight.
double capacity(const QueueFigures& figures, milliseconds per_row) {
  const double seconds = duration<double>(std::max(per_row, milliseconds{1})).count();
  return static_cast<double>(std::max<std::size_t>(figures.window, 1)) / seconds;
}

}  // namespace

void DeadlineWatch::learn(const QueueFigures& figures,
                          policy::UtcTime now,
                          Instant steady_now,
                          double rate_limit) {
  const queue::Overview& overview = *figures.overview;
  const std::uint64_t finished = figures.ends.total();
  if (finished > 0 || !overview.oldest_due || !looked_at_) {
    progress_at_ = steady_now;
  }
  if (looked_at_) {
    // What a service finishes that had too little to do says nothing about its speed.
    const auto enough = static_cast<std::int64_t>(figures.window);
    const double seconds = duration<double>(steady_now - *looked_at_).count();
    if (finished > 0 && seconds > 0 && in_line_before_ > enough && overview.in_line > enough) {
      const double seen = static_cast<double>(finished) / seconds;
      learned_rate_ = (learned_rate_.value_or(seen) + seen) / 2;
    }
  }
  looked_at_ = steady_now;
  in_line_before_ = overview.in_line;
  headway_.now = now;
  headway_.per_row = figures.response_times ? figures.response_times->p50 : kGuessedResponse;
  headway_.rate = learned_rate_.value_or(capacity(figures, headway_.per_row));
  if (rate_limit > 0) {
    headway_.rate = std::min(headway_.rate, rate_limit);
  }
  headway_.standstill =
      std::max(duration_cast<milliseconds>(steady_now - progress_at_), figures.unfit_for);
}

std::optional<policy::UtcTime> DeadlineWatch::endangered_until(const QueueFigures& figures) const {
  const queue::Overview& overview = *figures.overview;
  const auto backlog = static_cast<std::uint64_t>(overview.pending());
  const auto until = policy::endangered_until(backlog, headway_, queue::kAgeingSlots);
  if (overview.deadlines.empty() || overview.deadlines.front().time > until) {
    return std::nullopt;
  }
  return until;
}

std::size_t DeadlineWatch::judge(const platform::Log& log,
                                 const QueueFigures& figures,
                                 const queue::DeadlineReader* read) {
  policy::DeadlinesAtRisk risk;
  if (read != nullptr) {
    risk =
        policy::deadlines_at_risk(read->rows(), read->rows_before(), headway_, queue::kAgeingSlots);
  }
  const Say say = reports_.look(risk.count);
  if (say == Say::over) {
    log.write(Level::info,
              platform::event::kDeadlineAtRisk,
              {Field{"at_risk", risk.count}, Field{"over", true}});
  } else if (say != Say::nothing) {
    log.write(Level::warning,
              platform::event::kDeadlineAtRisk,
              {Field{"at_risk", risk.count},
               Field{"over", false},
               Field{"more", read->has_more()},
               Field{"reference", risk.nearest->reference},
               Field{"deadline", risk.nearest->deadline},
               Field{"expected_at", risk.nearest->expected_at},
               Field{"pending", figures.overview->pending()},
               Field{"finished_per_second", headway_.rate},
               Field{"standstill_ms", headway_.standstill},
               Field{"destination", figures.unfit_reason.empty() ? "fit" : "unfit"}});
  }
  return risk.count;
}

}  // namespace rfi::daemon
