// A scheduler between a queue and an API in memory, and the loop that drives them.
#pragma once

#include "unit/service/claims.hpp"
#include "unit/service/fake_ports.hpp"

#include "rfi/platform/clock.hpp"
#include "rfi/platform/log.hpp"
#include "rfi/platform/random.hpp"
#include "rfi/service/scheduler.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace rfi::test {

/// The machine's clock, set forward by what a test says, which counts how often it is asked.
class CountingClock final : public platform::Clock {
 public:
  [[nodiscard]] platform::UtcTime utc_now() const override {
    ++asked;
    return system_.utc_now() + ahead;
  }
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override {
    return system_.steady_now();
  }
  std::chrono::milliseconds ahead{0};
  mutable int asked = 0;

 private:
  platform::SystemClock system_;
};

class SchedulerTest : public testing::Test {
 protected:
  using Milliseconds = std::chrono::milliseconds;

  service::SchedulerSettings settings;
  boost::asio::io_context io{1};
  CountingClock clock;
  platform::SeededRandom random{1};
  std::vector<std::string> lines;
  platform::Log log{{.level = platform::Level::trace}, clock, [this](std::string_view line) {
                      lines.emplace_back(line);
                    }};
  FakeQueue queue{io.get_executor()};
  FakeApi api{io.get_executor()};
  std::optional<service::Scheduler> scheduler;
  std::exception_ptr thrown;
  bool returned = false;

  SchedulerTest() {
    settings.limits = {.max_in_flight = 4, .max_open = 12};
    settings.retry.backoff.initial_delay = Milliseconds{20};
    settings.until = service::Until::drained;
  }

  void start() {
    io.restart();
    scheduler.emplace(io.get_executor(), queue, api, clock, random, log, settings);
    boost::asio::co_spawn(io, scheduler->run(), [this](const std::exception_ptr& error) {
      thrown = error;
      returned = true;
    });
  }

  /// Until run() has returned; the loop must then have nothing left to do.
  void finish(Milliseconds limit = std::chrono::seconds{10}) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!returned && std::chrono::steady_clock::now() < end) {
      io.run_one_until(end);
    }
    EXPECT_TRUE(returned) << "run() has not returned";
    io.restart();
    io.poll();
  }

  void run() {
    start();
    finish();
  }

  void after(Milliseconds time, std::function<void()> action) {
    auto timer = std::make_shared<boost::asio::steady_timer>(io, time);
    timer->async_wait([timer, action = std::move(action)](const auto& /*error*/) { action(); });
  }

  /// Runs the loop until `holds`.
  template <class Predicate>
  [[nodiscard]] bool run_until(Predicate holds, Milliseconds limit = std::chrono::seconds{10}) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!holds() && std::chrono::steady_clock::now() < end) {
      io.run_one_until(std::min(end, std::chrono::steady_clock::now() + Milliseconds{5}));
    }
    return holds();
  }
};

}  // namespace rfi::test
