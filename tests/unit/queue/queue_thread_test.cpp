// The store behind its port: on its own thread, through locks, stops and other people's commits.
#include "rfi/queue/queue_thread.hpp"

#include "unit/queue/store_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <exception>
#include <thread>

namespace rfi::queue::test {
namespace {

namespace asio = boost::asio;

class Port : public StoreTest {
 protected:
  QueueThread& port() {
    if (!port_) {
      auto prepared = options();
      prepared.busy_timeout = 20ms;
      port_ = std::make_unique<QueueThread>(
          io_.get_executor(),
          std::move(prepared),
          QueueSignals{.blocked = [this](const std::string& reason) { blocked_.push_back(reason); },
                       .unblocked = [this] { ++unblocked_; }});
    }
    return *port_;
  }

  /// Runs `body` to its end on the io thread, for at most ten seconds, and hands on what it throws.
  void run(asio::awaitable<void> body) {
    std::exception_ptr error;
    bool ended = false;
    asio::co_spawn(io_, std::move(body), [&](std::exception_ptr thrown) {
      error = std::move(thrown);
      ended = true;
    });
    io_.restart();
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (!ended && std::chrono::steady_clock::now() < limit) {
      io_.run_one_for(100ms);
    }
    ASSERT_TRUE(ended);
    if (error) {
      std::rethrow_exception(error);
    }
  }

  [[nodiscard]] Exchange ask(std::size_t limit, std::vector<Closing> closings = {}) const {
    return {.closings = std::move(closings), .claim_limit = limit, .now = now_};
  }

  asio::io_context io_{1};
  std::vector<std::string> blocked_;
  int unblocked_ = 0;
  std::unique_ptr<QueueThread> port_;
};

asio::awaitable<void> claim_and_close(QueueThread& port,
                                      Exchange first,
                                      std::vector<Claim>& claims) {
  const auto home = std::this_thread::get_id();
  auto result = co_await port.exchange(std::move(first));
  EXPECT_EQ(std::this_thread::get_id(), home);
  claims = std::move(result.claims);
}

TEST_F(Port, AnswersOnTheIoThread) {
  producer_.insert("a", 1);
  std::vector<Claim> claims;
  run(claim_and_close(port(), ask(1), claims));
  ASSERT_EQ(claims.size(), 1U);
  EXPECT_EQ(claims[0].reference, "a");
}

asio::awaitable<void> recover(QueueThread& port, UtcTime now, std::vector<Recovered>& recovered) {
  recovered = co_await port.recover(now);
}

TEST_F(Port, RecoversWhatWasLeftOpen) {
  producer_.insert("a", 1);
  (void)claim(1);
  store_.reset();
  std::vector<Recovered> recovered;
  run(recover(port(), now_, recovered));
  ASSERT_EQ(recovered.size(), 1U);
  EXPECT_EQ(recovered[0].reference, "a");
}

TEST_F(Port, WaitsForALockSaysSoOnceAndLosesNothing) {
  producer_.insert("a", 1);
  std::vector<Claim> claims;
  run(claim_and_close(port(), ask(1), claims));
  Producer stranger(path());
  stranger.must("BEGIN IMMEDIATE");
  std::thread later([&] {
    std::this_thread::sleep_for(1600ms);
    stranger.must("COMMIT");
  });
  run(claim_and_close(port(), ask(1, {accepted(claims[0])}), claims));
  later.join();
  io_.poll();
  EXPECT_EQ(state("a"), "submitted");
  ASSERT_EQ(blocked_.size(), 1U);
  EXPECT_NE(blocked_[0].find("another process holds the queue"), std::string::npos);
  EXPECT_EQ(unblocked_, 1);
}

TEST_F(Port, AStopDoesNotWaitForALockForEver) {
  producer_.insert("a", 1);
  std::vector<Claim> claims;
  run(claim_and_close(port(), ask(1), claims));
  Producer stranger(path());
  stranger.must("BEGIN IMMEDIATE");
  asio::steady_timer timer(io_, 200ms);
  timer.async_wait([this](const boost::system::error_code&) { port().give_up(); });
  try {
    run(claim_and_close(port(), ask(1, {accepted(claims[0])}), claims));
    FAIL() << "an outcome was taken as recorded";
  } catch (const OutcomesUnrecorded& error) {
    EXPECT_EQ(error.count(), 1U);
  }
  stranger.must("COMMIT");
  port_.reset();
  std::vector<Recovered> recovered;
  run(recover(port(), now_, recovered));
  EXPECT_EQ(recovered.size(), 1U);
}

TEST_F(Port, AStopEndsByItselfWhenTheTimeForItIsUp) {
  producer_.insert("a", 1);
  std::vector<Claim> claims;
  run(claim_and_close(port(), ask(1), claims));
  Producer stranger(path());
  stranger.must("BEGIN IMMEDIATE");
  port().give_up_after(300ms);
  port().give_up_after(1h);  // a later limit does not lift the earlier one
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THROW(run(claim_and_close(port(), ask(1, {accepted(claims[0])}), claims)),
               OutcomesUnrecorded);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 300ms);
  stranger.must("COMMIT");
}

TEST_F(Port, SaysThatTheFileIsGoneThoughItHasNothingToDoAndWakesWhenItIsBack) {
  int woken = 0;
  port().on_change([&] { ++woken; });
  const auto run_until = [&](auto holds) {
    const auto limit = std::chrono::steady_clock::now() + 10s;
    io_.restart();
    while (!holds() && std::chrono::steady_clock::now() < limit) {
      io_.run_one_for(50ms);
    }
    return holds();
  };
  const auto aside = path().parent_path() / "aside.db";
  std::filesystem::rename(path(), aside);
  EXPECT_TRUE(run_until([&] { return blocked_.size() == 1; }));
  std::filesystem::rename(aside, path());
  woken = 0;
  EXPECT_TRUE(run_until([&] { return unblocked_ == 1 && woken > 0; }));
  EXPECT_EQ(blocked_.size(), 1U);
}

TEST_F(Port, SaysWhenTheSchemaWasAltered) {
  (void)port();
  producer_.must("CREATE TABLE theirs (x)");
  std::vector<Claim> claims;
  run(claim_and_close(port(), ask(1), claims));
  run(claim_and_close(port(), ask(1), claims));
  io_.poll();
  ASSERT_EQ(blocked_.size(), 1U);
  producer_.must("DROP TABLE theirs");
  run(claim_and_close(port(), ask(1), claims));
  io_.poll();
  EXPECT_EQ(unblocked_, 1);
}

asio::awaitable<void> with_store(QueueThread& port, std::function<void(Store&)> work) {
  co_await port.with_store(std::move(work));
}

TEST_F(Port, RunsOtherWorkBetweenExchangesAndBringsItsExceptionsHome) {
  std::thread::id there;
  run(with_store(port(), [&](Store&) { there = std::this_thread::get_id(); }));
  EXPECT_NE(there, std::this_thread::get_id());
  EXPECT_THROW(run(with_store(port(), [](Store&) { throw std::runtime_error("no"); })),
               std::runtime_error);
}

TEST_F(Port, RestsWhileThereIsMoreToClaimAndThenSeesWhatWasCommittedMeanwhile) {
  int woken = 0;
  int woken_at_rest = 0;
  port().on_change([&] { ++woken; });
  std::vector<std::chrono::steady_clock::duration> delays;
  for (int i = 0; i < 5; ++i) {
    const std::string number = std::to_string(i);
    producer_.insert("first " + number, 2 * i);
    producer_.insert("second " + number, 2 * i + 1);
    std::vector<Claim> claims;
    run(claim_and_close(port(), ask(1), claims));  // one is left: it rests
    io_.restart();
    io_.run_for(300ms);  // the looks for what came before it end
    woken = 0;
    producer_.insert("third " + number, 100 + i);
    io_.restart();
    io_.run_for(100ms);
    woken_at_rest += woken;
    run(claim_and_close(port(), ask(10), claims));
    EXPECT_EQ(claims.size(), 2U);
    woken = 0;
    const auto committed = std::chrono::steady_clock::now();
    producer_.insert("fourth " + number, 200 + i);
    while (woken == 0 && std::chrono::steady_clock::now() < committed + 5s) {
      io_.restart();
      io_.run_one_for(10ms);
    }
    delays.push_back(std::chrono::steady_clock::now() - committed);
    run(claim_and_close(port(), ask(10), claims));
  }
  EXPECT_LE(woken_at_rest, 3) << "by a tick at most: whoever claims comes back by himself";
  std::ranges::sort(delays);
  EXPECT_LT(delays[2], 300ms) << "an event, not the tick of a second";
}

TEST_F(Port, WakesSoonAfterAProducersCommitAndNotAfterItsOwn) {
  std::vector<std::chrono::steady_clock::time_point> woken;
  port().on_change([&] { woken.push_back(std::chrono::steady_clock::now()); });
  const auto run_for = [&](std::chrono::milliseconds time) {
    io_.restart();
    io_.run_for(time);
  };
  run_for(100ms);
  ASSERT_TRUE(woken.empty());
  std::vector<std::chrono::steady_clock::duration> delays;
  for (int i = 0; i < 20; ++i) {
    woken.clear();
    std::chrono::steady_clock::time_point committed;
    std::thread other([&] {
      producer_.insert(std::to_string(i), i);
      committed = std::chrono::steady_clock::now();
    });
    io_.restart();
    const auto limit = std::chrono::steady_clock::now() + 5s;
    while (woken.empty() && std::chrono::steady_clock::now() < limit) {
      io_.run_one_for(10ms);
    }
    other.join();
    ASSERT_FALSE(woken.empty());
    delays.push_back(woken.front() - committed);
    run_for(60ms);
  }
  std::ranges::sort(delays);
  // Far below the tick of a second: it was the event that woke us. The machine may be busy, so no
  // more is asked.
  EXPECT_LT(delays[10], 200ms);
  woken.clear();
  std::vector<Claim> claims;
  run(claim_and_close(port(), ask(20), claims));
  EXPECT_EQ(claims.size(), 20U);
  run_for(1200ms);
  EXPECT_TRUE(woken.empty()) << "our own commit is not a change";
  RecordProperty(
      "median_wake_us",
      static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(delays[10]).count()));
}

}  // namespace
}  // namespace rfi::queue::test
