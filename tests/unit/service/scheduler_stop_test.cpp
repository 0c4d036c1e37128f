// How the scheduler ends: what was not sent goes back, what is under way gets its time.
#include "unit/service/scheduler_fixture.hpp"

#include "rfi/service/scheduler.hpp"

#include <algorithm>
#include <variant>

namespace rfi::test {
namespace {

using policy::Outcome;

class SchedulerStopTest : public SchedulerTest {
 protected:
  SchedulerStopTest() {
    settings.until = service::Until::stopped;
    settings.drain_timeout = std::chrono::seconds{30};
    api.held = true;
    queue.commit(claims(40));
  }

  /// 4 rows on the wire, 8 waiting for it.
  void start_and_fill() {
    start();
    ASSERT_TRUE(run_until([&] { return api.in_flight == 4 && scheduler->open() == 12; }));
  }

  [[nodiscard]] auto count(Outcome outcome) const {
    return std::ranges::count(queue.closings(), outcome, &queue::Closing::outcome);
  }
};

TEST_F(SchedulerStopTest, EndsAtOnceWhenIdle) {
  queue.waiting.clear();
  start();
  ASSERT_TRUE(run_until([&] { return !queue.exchanges.empty(); }));
  const auto began = std::chrono::steady_clock::now();
  scheduler->stop();
  finish();
  EXPECT_LT(std::chrono::steady_clock::now() - began, Milliseconds{500});
  EXPECT_EQ(api.stops, 0);
}

TEST_F(SchedulerStopTest, GivesBackWhatWasNotSentAndWaitsForTheRest) {
  start_and_fill();
  scheduler->stop();
  ASSERT_TRUE(run_until([&] { return queue.closings().size() == 8; }));
  EXPECT_EQ(count(Outcome::not_sent), 8);
  for (const queue::Closing& closing : queue.closings()) {
    EXPECT_EQ(closing.error, "stopped");
    const auto* retry = std::get_if<policy::RetryAt>(&closing.next);
    ASSERT_NE(retry, nullptr);
    EXPECT_LE(retry->due, clock.utc_now());
  }
  EXPECT_FALSE(returned);
  api.release();
  finish();
  EXPECT_EQ(count(Outcome::accepted), 4);
  EXPECT_EQ(api.sent.size(), 4U) << "nothing new was sent after the stop";
  EXPECT_EQ(queue.open(), 0U);
  EXPECT_EQ(api.stops, 0);
}

TEST_F(SchedulerStopTest, EndsRequestsAfterTheDrainTimeout) {
  settings.drain_timeout = Milliseconds{100};
  start_and_fill();
  const auto began = std::chrono::steady_clock::now();
  scheduler->stop();
  finish();
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took, Milliseconds{100});
  EXPECT_LT(took, Milliseconds{1500});
  EXPECT_EQ(api.stops, 1);
  EXPECT_EQ(count(Outcome::unknown), 4);
  EXPECT_EQ(queue.open(), 0U);
}

TEST_F(SchedulerStopTest, EndsRequestsAtOnceAtTheSecondStop) {
  start_and_fill();
  scheduler->stop();
  const auto began = std::chrono::steady_clock::now();
  scheduler->stop();
  finish();
  EXPECT_LT(std::chrono::steady_clock::now() - began, Milliseconds{1500});
  EXPECT_GE(api.stops, 1);
  EXPECT_EQ(count(Outcome::unknown), 4);
}

TEST_F(SchedulerStopTest, ObeysTheSecondStopThoughACommitHangs) {
  start_and_fill();
  queue.takes = Milliseconds{400};
  scheduler->stop();
  ASSERT_TRUE(run_until([&] { return queue.exchanges.back().closings.size() == 8; }));
  scheduler->stop();
  ASSERT_TRUE(run_until([&] { return api.in_flight == 0; }, Milliseconds{200}));
  finish();
}

TEST_F(SchedulerStopTest, GivesBackRowsThatWereBeingClaimedWhenItCame) {
  queue.takes = Milliseconds{50};
  start();
  ASSERT_TRUE(run_until([&] { return queue.exchanges.size() == 1; }));
  scheduler->stop();
  finish();
  EXPECT_EQ(api.sent.size(), 0U);
  EXPECT_EQ(count(Outcome::not_sent), 12);
  EXPECT_EQ(queue.open(), 0U);
}

TEST_F(SchedulerStopTest, GivesBackAResendThatWasDueWhenItCame) {
  queue.waiting.resize(1);
  api.held = false;
  api.answer = [this](const SentPatch&, std::size_t) {
    scheduler->stop();
    return response(401);
  };
  run();
  const auto closings = queue.closings();
  ASSERT_EQ(closings.size(), 2U);
  EXPECT_EQ(closings[0].outcome, Outcome::unauthorized);
  EXPECT_EQ(closings[1].outcome, Outcome::not_sent);
  EXPECT_EQ(closings[1].attempt.number, 2);
  EXPECT_EQ(queue.open(), 0U);
}

TEST_F(SchedulerStopTest, CostsNoRowAnAttempt) {
  settings.drain_timeout = Milliseconds{10};
  start_and_fill();
  scheduler->stop();
  finish();
  for (const queue::Closing& closing : queue.closings()) {
    EXPECT_TRUE(closing.cost == queue::Cost::none || !policy::costs_an_attempt(closing.outcome));
  }
}

}  // namespace
}  // namespace rfi::test
