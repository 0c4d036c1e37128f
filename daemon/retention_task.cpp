#include "retention_task.hpp"

#include "rfi/platform/events.hpp"
#include "rfi/platform/no_throw.hpp"

#include <algorithm>
#include <utility>

namespace rfi::daemon {

namespace asio = boost::asio;
using platform::Field;
using platform::kNoThrow;
using platform::Level;
using std::chrono::milliseconds;

namespace {

/// After a start there is more important work.
constexpr milliseconds kAfterStart = std::chrono::seconds{5};
constexpr milliseconds kAfterChange = std::chrono::seconds{1};
/// After a round that did not get through: a lock, a full disk, an altered schema.
constexpr milliseconds kAfterTrouble = std::chrono::minutes{1};
/// A stop must not wait for the pause between two steps.
constexpr milliseconds kLongestPause = std::chrono::seconds{1};
/// When others hold the lock for longer than a call waits for it.
constexpr milliseconds kAfterLock = std::chrono::seconds{1};
constexpr int kLocksMet = 10;

milliseconds since_epoch(std::chrono::steady_clock::time_point time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch());
}

/// What became of one step.
struct Stepped {
  std::optional<queue::RetentionWork::Duration> pause;
  std::string trouble;
  bool locked = false;
};

Stepped step(queue::RetentionWork& work, queue::Store& store, policy::Traffic traffic) {
  Stepped stepped;
  try {
    stepped.pause = work.step(store.database(), traffic);
  } catch (const queue::SqliteError& error) {
    if (!error.may_pass()) {
      throw;
    }
    stepped.trouble = error.what();
    stepped.locked = error.is_lock();
    if (!stepped.locked) {
      store.doubt_last_commit();
    }
  }
  return stepped;
}

}  // namespace

RetentionTask::RetentionTask(asio::any_io_executor executor,
                             queue::QueueThread& queue,
                             const platform::Clock& clock,
                             const platform::Log& log,
                             const policy::RetentionPeriods& periods,
                             std::function<policy::Traffic()> traffic)
    : executor_(std::move(executor)),
      queue_(queue),
      clock_(clock),
      log_(log),
      periods_(periods),
      traffic_(std::move(traffic)),
      next_round_(executor_) {
  (void)read_clock();
}

asio::awaitable<void> RetentionTask::run() {
  std::optional<milliseconds> until_round = kAfterStart;
  while (!stopping_) {
    next_round_.expires_at(std::chrono::steady_clock::time_point::max());
    if (until_round) {
      next_round_.expires_after(*until_round);
    }
    const auto [woken] = co_await next_round_.async_wait(kNoThrow);
    if (stopping_) {
      co_return;
    }
    if (woken) {
      until_round = kAfterChange;
      continue;
    }
    const auto reading = read_clock();
    if (reading.disputed) {
      // A clock that was set forward by mistake must not erase what is still needed.
      until_round = std::max(reading.settles_at - since_epoch(clock_.steady_now()), kAfterChange);
      continue;
    }
    const RetentionEnd end = co_await apply();
    if (end.trouble.empty()) {
      until_round = co_await until_next_round();
    } else {
      until_round = kAfterTrouble;
    }
  }
}

void RetentionTask::configure(const policy::RetentionPeriods& periods) {
  if (periods != periods_) {
    periods_ = periods;
    next_round_.cancel();
  }
}

void RetentionTask::stop() {
  stopping_ = true;
  next_round_.cancel();
}

asio::awaitable<RetentionEnd> RetentionTask::apply() {
  const policy::RetentionPeriods periods = periods_;
  auto work = std::make_shared<queue::ScheduledRetention>(periods, read_clock().now);
  std::function<bool()> wanted = [this, periods] { return periods == periods_; };
  co_return co_await carry_out(std::move(work), std::move(wanted));
}

asio::awaitable<RetentionEnd> RetentionTask::erase_customer(std::string customer_id) {
  auto work = std::make_shared<queue::CustomerErasure>(std::move(customer_id), read_clock().now);
  std::function<bool()> wanted = [] { return true; };
  co_return co_await carry_out(std::move(work), std::move(wanted));
}

asio::awaitable<RetentionEnd> RetentionTask::carry_out(std::shared_ptr<queue::RetentionWork> work,
                                                       std::function<bool()> wanted) {
  const auto begun = clock_.steady_now();
  RetentionEnd end;
  int locks_met = 0;
  while (wanted()) {
    if (stopping_) {
      end.trouble = "the service is stopping";
      break;
    }
    Stepped stepped;
    const policy::Traffic traffic = traffic_();
    const std::function<void(queue::Store&)> there =
        [work, traffic, &stepped](queue::Store& store) { stepped = step(*work, store, traffic); };
    co_await queue_.with_store(there, queue::Touches::no_live_row);
    if (stepped.locked && ++locks_met < kLocksMet) {
      co_await wait(kAfterLock);
      continue;
    }
    end.trouble = stepped.trouble;
    if (!stepped.pause) {
      break;
    }
    co_await wait(*stepped.pause);
  }
  end.report = work->report();
  if (end.report.schema_altered) {
    end.trouble =
        "the schema of the queue was altered by somebody: nothing more is erased or deleted until "
        "it is again that of `rfi-submitd migrate`";
  }
  write_log(end, clock_.steady_now() - begun);
  co_return end;
}

asio::awaitable<std::optional<milliseconds>> RetentionTask::until_next_round() {
  policy::OldestFinished oldest;
  const std::function<void(queue::Store&)> look = [&oldest](queue::Store& store) {
    try {
      oldest = queue::oldest_finished(store.database());
    } catch (const queue::SqliteError& error) {
      if (!error.may_pass()) {
        throw;
      }
    }
  };
  co_await queue_.with_store(look, queue::Touches::no_live_row);
  co_return policy::next_round(periods_, oldest, read_clock().now);
}

asio::awaitable<void> RetentionTask::wait(std::chrono::steady_clock::duration time) {
  asio::steady_timer timer{executor_,
                           std::min<std::chrono::steady_clock::duration>(time, kLongestPause)};
  co_await timer.async_wait(kNoThrow);
}

policy::Timeline::Reading RetentionTask::read_clock() {
  return timeline_.read(clock_.utc_now(), since_epoch(clock_.steady_now()));
}

void RetentionTask::write_log(const RetentionEnd& end, std::chrono::steady_clock::duration took) {
  const queue::RetentionReport& report = end.report;
  const bool news = !stopping_ && end.trouble != std::exchange(last_trouble_, end.trouble);
  if (!report.did_something() && (end.trouble.empty() || !news)) {
    return;
  }
  const auto detail = end.trouble.empty() ? std::nullopt : std::optional(end.trouble);
  log_.write(
      end.trouble.empty() || stopping_ ? Level::info : Level::warning,
      platform::event::kQueueRetention,
      {Field{"erased", report.erased},
       Field{"deleted", report.deleted},
       Field{"freed_bytes", report.freed_bytes},
       Field{"duration_ms", std::chrono::duration_cast<milliseconds>(took)},
       Field{"longest_step_ms", std::chrono::duration_cast<milliseconds>(report.longest_step)},
       Field{"detail", detail}});
  log_.flush();
}

}  // namespace rfi::daemon
