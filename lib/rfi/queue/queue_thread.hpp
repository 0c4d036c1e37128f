// The one database thread: runs the store behind QueuePort and brings its answers home to the io
// thread. What cannot be written now (a lock, a full disk, an I/O error) is tried again until it
// can; nothing is given up silently.
#pragma once

#include "rfi/queue/queue_port.hpp"
#include "rfi/queue/store.hpp"
#include "rfi/queue/watch.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace rfi::queue {

/// The stop could not wait for a queue that cannot be written: these outcomes are not recorded.
/// Their attempts stay open and are closed as `unknown` at the next start, so each is looked at
/// before it is sent again.
class OutcomesUnrecorded : public std::runtime_error {
 public:
  OutcomesUnrecorded(std::size_t count, const std::string& reason);
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  std::size_t count_;
};

/// What work that is handed to the store's thread may change.
enum class Touches {
  anything,    ///< bodies that were built ahead are forgotten
  no_live_row  ///< finished rows, or nothing: what waits is not affected
};

/// Called on the io thread. Both may be empty.
struct QueueSignals {
  /// Nothing gets through, or nothing is claimed, and why; once until it is over.
  std::function<void(const std::string& reason)> blocked;
  std::function<void()> unblocked;
};

/// Construct, call and destroy on the io thread; the io_context must live longer. The destructor
/// waits for the call under way, which ends within the store's busy timeout.
class QueueThread final : public QueuePort {
 public:
  /// Opens the queue here and now. Throws as Store's constructor does.
  QueueThread(boost::asio::any_io_executor home, StoreOptions options, QueueSignals signals);
  QueueThread(const QueueThread&) = delete;
  QueueThread& operator=(const QueueThread&) = delete;
  QueueThread(QueueThread&&) = delete;
  QueueThread& operator=(QueueThread&&) = delete;
  ~QueueThread() override;

  boost::asio::awaitable<std::vector<Recovered>> recover(UtcTime now) override;
  boost::asio::awaitable<ExchangeResult> exchange(Exchange exchange) override;
  void on_change(std::function<void()> wake) override;

  /// After a reload of the configuration.
  boost::asio::awaitable<void> reconfigure(StoreSettings settings);

  /// Runs `work` on the store's thread, between exchanges: retention, figures. It should take a few
  /// milliseconds: exchanges wait for it. Its exceptions come back here; it is not tried again.
  boost::asio::awaitable<void> with_store(std::function<void(Store&)> work,
                                          Touches touches = Touches::anything);

  /// For a watchdog: what the store's thread has done so far, pauses before another try included,
  /// and whether it has something to do. Any thread.
  struct Pulse {
    std::uint64_t beats = 0;
    bool busy = false;
    bool operator==(const Pulse&) const = default;
  };
  [[nodiscard]] Pulse pulse() const { return {beats_.load(), calls_open_.load() > 0}; }

  /// From now on a call that cannot get through fails with OutcomesUnrecorded instead of waiting,
  /// the one under way included. For the end of an orderly stop.
  void give_up();
  /// The same from `time` on: a stop must end although the queue stays blocked.
  void give_up_after(std::chrono::milliseconds time);

 private:
  template <class Result>
  class Crossing;
  enum class Look { changed, unchanged, interrupted };

  template <class Result>
  boost::asio::awaitable<Result> run_there(std::function<Result()> work);
  template <class Call>
  auto until_it_works(std::size_t closings, Call call);
  [[nodiscard]] bool pause(std::chrono::milliseconds time);
  /// True when a trouble that was reported is over.
  bool report(const std::optional<std::string>& trouble);
  void on_sign(Watch::Sign sign);
  [[nodiscard]] Look look_for_commits(Watch::Sign sign);
  void count_call(int change);
  void shorten_wal();

  boost::asio::any_io_executor home_;
  QueueSignals signals_;

  // The store's thread only.
  Store store_;
  bool reported_ = false;

  std::atomic<std::uint64_t> beats_ = 0;
  std::atomic<int> calls_open_ = 0;  ///< from when they are made until they are home

  std::mutex mutex_;
  std::condition_variable wakeup_;
  bool giving_up_ = false;  ///< guarded by mutex_
  std::chrono::steady_clock::time_point give_up_at_ =
      std::chrono::steady_clock::time_point::max();  ///< guarded by mutex_
  int calls_waiting_ = 0;                            ///< guarded by mutex_

  // The io thread only.
  std::function<void()> wake_;
  std::optional<Watch> watch_;
  bool looking_ = false;
  bool look_again_ = false;

  std::shared_ptr<int> alive_ =
      std::make_shared<int>(0);  ///< what still waits on the io thread asks for it

  boost::asio::thread_pool pool_{1};  ///< last: its thread ends before anything above goes
};

}  // namespace rfi::queue
