#include "rfi/queue/queue_thread.hpp"

#include "rfi/queue/lock_holders.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <type_traits>
#include <utility>

namespace rfi::queue {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5000};
/// Reported when the next try would come later than this.
constexpr std::chrono::milliseconds kReportAfter{1000};
/// An event comes up to some milliseconds before its commit can be seen.
constexpr std::chrono::milliseconds kLookFor{50};
/// In a rollback journal each look holds a shared lock for a moment, which a commit under way may
/// meet and then sleeps.
constexpr std::chrono::microseconds kLookEveryInWal{200};
constexpr std::chrono::microseconds kLookEvery{500};
constexpr std::chrono::microseconds kLookEveryWhenSlow{5'000};

/// Whose lock it is that is not given up, if the kernel says so.
std::string holders_words(const std::filesystem::path& queue) {
  const auto holders = lock_holders(queue);
  return holders.empty() ? "" : "; locked by " + holders;
}

/// Runs `work` and keeps what it returned or threw until it is home.
template <class Result>
struct Answer {
  std::exception_ptr error;
  Result result{};

  explicit Answer(std::function<Result()>& work) {
    try {
      result = work();
    } catch (...) {
      error = std::current_exception();
    }
  }
};

}  // namespace

OutcomesUnrecorded::OutcomesUnrecorded(std::size_t count, const std::string& reason)
    : std::runtime_error(fmt::format("{} outcomes could not be recorded before the stop and are "
                                     "looked up at the next start: {}",
                                     count,
                                     reason)),
      count_(count) {}

QueueThread::QueueThread(asio::any_io_executor home, StoreOptions options, QueueSignals signals)
    : home_(std::move(home)), signals_(std::move(signals)), store_(std::move(options)) {}

QueueThread::~QueueThread() {
  if (watch_) {
    watch_->stop();
  }
  give_up();
  pool_.join();
}

/// The asynchronous operation behind run_there(): a class with a constructor, because GCC 12
/// destroys temporaries of aggregates and capturing lambdas twice in expressions that await.
template <class Result>
class QueueThread::Crossing {
 public:
  Crossing(QueueThread& there, std::function<Result()> work)
      : there_(&there), work_(std::move(work)) {}

  template <class Handler>
  void operator()(Handler handler) {
    there_->count_call(+1);
    ++there_->calls_open_;
    asio::post(there_->pool_,
               [there = there_,
                guard = asio::make_work_guard(there_->home_),
                work = std::move(work_),
                handler = std::move(handler)]() mutable {
                 there->count_call(-1);
                 Answer<Result> answer(work);
                 ++there->beats_;
                 --there->calls_open_;
                 asio::post(guard.get_executor(),
                            [handler = std::move(handler), answer = std::move(answer)]() mutable {
                              std::move(handler)(answer.error, std::move(answer.result));
                            });
               });
  }

 private:
  QueueThread* there_;
  std::function<Result()> work_;
};

template <class Result>
asio::awaitable<Result> QueueThread::run_there(std::function<Result()> work) {
  return asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr, Result)>(
      Crossing<Result>(*this, std::move(work)), asio::use_awaitable);
}

void QueueThread::count_call(int change) {
  {
    const std::scoped_lock lock(mutex_);
    calls_waiting_ += change;
  }
  wakeup_.notify_all();
}

template <class Call>
auto QueueThread::until_it_works(std::size_t closings, Call call) {
  const auto started = Clock::now();
  auto next_pause = kFirstPause;
  while (true) {
    std::string reason;
    bool locked = false;
    try {
      auto result = call();
      (void)report(store_.trouble());
      return result;
    } catch (const SqliteError& error) {
      if (!error.may_pass()) {
        throw;
      }
      reason = error.what();
      locked = error.is_lock();
    }
    if (Clock::now() - started + next_pause >= kReportAfter) {
      (void)report(locked ? reason + holders_words(store_.path()) : reason);
    }
    if (!pause(next_pause)) {
      throw OutcomesUnrecorded(closings, reason);
    }
    next_pause = std::min(2 * next_pause, kLongestPause);
  }
}

bool QueueThread::pause(std::chrono::milliseconds time) {
  ++beats_;
  std::unique_lock lock(mutex_);
  const auto until = std::min(Clock::now() + time, give_up_at_);
  return !wakeup_.wait_until(lock, until, [this] { return giving_up_; }) &&
         Clock::now() < give_up_at_;
}

bool QueueThread::report(const std::optional<std::string>& trouble) {
  if (trouble.has_value() == reported_) {
    return false;
  }
  reported_ = trouble.has_value();
  asio::post(home_, [this, trouble, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) {
      return;
    }
    if (trouble && signals_.blocked) {
      signals_.blocked(*trouble);
    } else if (!trouble && signals_.unblocked) {
      signals_.unblocked();
    }
  });
  return !trouble;
}

asio::awaitable<std::vector<Recovered>> QueueThread::recover(UtcTime now) {
  return run_there<std::vector<Recovered>>(
      [this, now] { return until_it_works(0, [&] { return store_.recover(now); }); });
}

asio::awaitable<ExchangeResult> QueueThread::exchange(Exchange exchange) {
  std::function<ExchangeResult()> there = [this, exchange = std::move(exchange)]() mutable {
    bool again = false;
    auto result = until_it_works(exchange.closings.size(), [&] {
      if (std::exchange(again, true)) {
        // The clock may have been set back while nothing could be written: a row that was queued
        // since then must not be judged by a time that has not come.
        const auto wall = std::chrono::system_clock::now();
        exchange.now = std::min(exchange.now, std::chrono::floor<std::chrono::milliseconds>(wall));
      }
      return store_.exchange(exchange);
    });
    if (store_.wal_is_long()) {
      asio::post(pool_, [this] { shorten_wal(); });  // behind the result
    }
    return result;
  };
  ExchangeResult result = co_await run_there(std::move(there));
  // With more to be claimed the next exchange comes by itself, and sees what others have committed.
  if (watch_ && result.more_due) {
    watch_->rest();
  } else if (watch_ && watch_->resume()) {
    on_sign(Watch::Sign::touched);
  }
  co_return result;
}

void QueueThread::shorten_wal() {
  {
    const std::scoped_lock lock(mutex_);
    if (giving_up_) {
      return;
    }
  }
  store_.shorten_wal();
  ++beats_;
}

asio::awaitable<void> QueueThread::reconfigure(StoreSettings settings) {
  return with_store(
      [settings = std::move(settings)](Store& store) { store.reconfigure(settings); });
}

asio::awaitable<void> QueueThread::with_store(std::function<void(Store&)> work, Touches touches) {
  std::function<bool()> there = [this, touches, work = std::move(work)] {
    if (touches == Touches::anything) {
      store_.forget_prepared();
    }
    work(store_);
    return true;
  };
  co_await run_there(std::move(there));
}

void QueueThread::give_up() {
  {
    const std::scoped_lock lock(mutex_);
    giving_up_ = true;
  }
  wakeup_.notify_all();
}

void QueueThread::give_up_after(std::chrono::milliseconds time) {
  {
    const std::scoped_lock lock(mutex_);
    give_up_at_ = std::min(give_up_at_, Clock::now() + time);
  }
  wakeup_.notify_all();
}

void QueueThread::on_change(std::function<void()> wake) {
  wake_ = std::move(wake);
  if (watch_) {
    watch_->stop();
    watch_.reset();
  }
  if (!wake_) {
    return;
  }
  watch_.emplace(home_, store_.path(), [this](Watch::Sign sign) { on_sign(sign); });
  watch_->start();
}

void QueueThread::on_sign(Watch::Sign sign) {
  if (looking_) {
    // The commit it announces may become visible after the present look has ended.
    look_again_ = look_again_ || sign == Watch::Sign::touched;
    return;
  }
  looking_ = true;
  asio::post(pool_, [this, sign] {
    Look look = look_for_commits(sign);
    // Whether or not there is anything to do: what is wrong with the file must be known.
    if (sign == Watch::Sign::tick && report(store_.trouble())) {
      look = Look::changed;
    }
    asio::post(home_, [this, look, alive = std::weak_ptr(alive_)] {
      if (alive.expired()) {
        return;
      }
      looking_ = false;
      if (look == Look::changed && wake_) {
        wake_();
      }
      if (std::exchange(look_again_, false) || look == Look::interrupted) {
        on_sign(Watch::Sign::touched);
      }
    });
  });
}

QueueThread::Look QueueThread::look_for_commits(Watch::Sign sign) {
  const auto began = Clock::now();
  auto end = began + kLookFor;
  while (true) {
    try {
      const Sight sight = store_.changed_by_others();
      if (sight == Sight::changed) {
        return Look::changed;
      }
      if (sight == Sight::locked && sign == Watch::Sign::touched) {
        // A commit is under way, and its last sync comes after its last event.
        end = Clock::now() + kLookFor;
      }
    } catch (const SqliteError&) {
      // In a trouble that the next exchange meets and reports: this look has seen nothing.
      return Look::unchanged;
    }
    if (sign == Watch::Sign::tick || Clock::now() >= end) {
      return Look::unchanged;
    }
    const auto quick = store_.journal() == JournalMode::wal ? kLookEveryInWal : kLookEvery;
    const auto pause = Clock::now() - began < kLookFor ? quick : kLookEveryWhenSlow;
    std::unique_lock lock(mutex_);
    // A call goes first; the look goes on behind it.
    if (wakeup_.wait_for(lock, pause, [this] { return calls_waiting_ > 0 || giving_up_; })) {
      return giving_up_ ? Look::unchanged : Look::interrupted;
    }
  }
}

}  // namespace rfi::queue
