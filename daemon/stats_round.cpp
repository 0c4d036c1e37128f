#include "stats_round.hpp"

#include <functional>
#include <utility>

namespace rfi::daemon {

namespace asio = boost::asio;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

StatsRound::StatsRound(queue::QueueThread& queue,
                       const service::Scheduler& scheduler,
                       const platform::Log& log,
                       const platform::Clock& clock)
    : queue_(queue),
      scheduler_(scheduler),
      log_(log),
      clock_(clock),
      looked_at_(clock.steady_now()) {}

void StatsRound::blocked(bool is_blocked) {
  blocked_since_.reset();
  if (is_blocked) {
    blocked_since_ = clock_.steady_now();
  }
}

const QueueFigures& StatsRound::look_at_scheduler() {
  const auto now = clock_.steady_now();
  figures_.in_flight = scheduler_.in_flight();
  figures_.open = scheduler_.open();
  figures_.window = scheduler_.window();
  figures_.response_times = scheduler_.activity().response_times(now);
  const policy::Destination& destination = scheduler_.destination();
  figures_.unfit_reason = destination.is_fit() ? "" : destination.reason();
  figures_.unfit_for = milliseconds{0};
  if (!destination.is_fit()) {
    figures_.unfit_for =
        duration_cast<milliseconds>(now.time_since_epoch()) - destination.unfit_since();
  }
  figures_.blocked_for = milliseconds{0};
  if (blocked_since_) {
    figures_.blocked_for = duration_cast<milliseconds>(now - *blocked_since_);
  }
  return figures_;
}

void StatsRound::count_since_last() {
  const auto now = clock_.steady_now();
  const std::chrono::duration<double> elapsed = now - std::exchange(looked_at_, now);
  const service::Activity& activity = scheduler_.activity();
  const auto attempts = std::exchange(attempts_before_, activity.outcomes());
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    figures_.attempts.at(i) = attempts_before_.at(i) - attempts.at(i);
    total += figures_.attempts.at(i);
  }
  figures_.rate = elapsed.count() > 0 ? static_cast<double>(total) / elapsed.count() : 0.0;
  const auto ends = std::exchange(ends_before_, activity.ends());
  figures_.ends.submitted = ends_before_.submitted - ends.submitted;
  for (std::size_t i = 0; i < ends.failed.size(); ++i) {
    figures_.ends.failed.at(i) = ends_before_.failed.at(i) - ends.failed.at(i);
  }
}

asio::awaitable<void> StatsRound::run(RoundSettings settings) {
  settings_ = std::move(settings);
  under_way_ = true;
  co_await read_queue();
  figures_.files = read_file_figures(settings_.queue);
  count_since_last();
  (void)look_at_scheduler();
  if (figures_.overview) {
    co_await read_deadlines();
  }
  log_stats(log_, figures_, clock_.utc_now());
  under_way_ = false;
}

void StatsRound::report_unread() {
  figures_.files = read_file_figures(settings_.queue);
  count_since_last();
  QueueFigures unread = look_at_scheduler();
  unread.overview.reset();
  unread.deadlines_at_risk.reset();
  log_stats(log_, unread, clock_.utc_now());
}

asio::awaitable<void> StatsRound::read_queue() {
  queue::OverviewReader reader(clock_.utc_now());
  const bool read = co_await read_all(reader);
  figures_.overview.reset();
  figures_.deadlines_at_risk.reset();
  if (read) {
    figures_.overview = reader.overview();
  }
}

asio::awaitable<void> StatsRound::read_deadlines() {
  deadlines_.learn(figures_, clock_.utc_now(), clock_.steady_now(), settings_.rate_limit);
  const auto until = deadlines_.endangered_until(figures_);
  if (!until) {
    figures_.deadlines_at_risk = deadlines_.judge(log_, figures_, nullptr);
    co_return;
  }
  queue::DeadlineReader reader(*until);
  const bool read = co_await read_all(reader);
  if (read) {
    figures_.deadlines_at_risk = deadlines_.judge(log_, figures_, &reader);
  }
}

template <class Reader>
asio::awaitable<bool> StatsRound::read_all(Reader& reader) {
  bool readable = true;
  bool more = true;
  const std::function<void(queue::Store&)> piece =
      [&reader, &readable, &more](queue::Store& store) {
        try {
          more = reader.read_on(store.database());
        } catch (const queue::SqliteError& trouble) {
          if (!trouble.may_pass()) {
            throw;
          }
          readable = false;  // said by queue.blocked
        }
      };
  while (readable && more) {
    co_await queue_.with_store(piece, queue::Touches::no_live_row);
  }
  co_return readable && !more;
}

}  // namespace rfi::daemon
