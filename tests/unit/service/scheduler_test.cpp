#include "rfi/service/scheduler.hpp"

#include "unit/service/scheduler_fixture.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>
#include <utility>
#include <variant>

namespace rfi::test {
namespace {

using policy::Outcome;
using service::Claiming;
using service::Until;

TEST_F(SchedulerTest, SendsEveryRowOnceAndEndsByItselfWhenDrained) {
  queue.commit(claims(50));
  run();
  EXPECT_EQ(thrown, nullptr);
  ASSERT_EQ(api.sent.size(), 50U);
  std::set<std::string> keys;
  for (const SentPatch& sent : api.sent) {
    keys.insert(sent.idempotency_key);
    EXPECT_EQ(sent.body, claim(1).prepared.body);
  }
  EXPECT_EQ(keys.size(), 50U);
  EXPECT_EQ(queue.closings().size(), 50U);
  for (const queue::Closing& closing : queue.closings()) {
    EXPECT_EQ(closing.outcome, Outcome::accepted);
  }
  EXPECT_EQ(queue.open(), 0U);
  EXPECT_EQ(scheduler->open(), 0U);
}

TEST_F(SchedulerTest, EndsAtOnceOnAnEmptyQueue) {
  run();
  EXPECT_EQ(queue.exchanges.size(), 1U);
}

TEST_F(SchedulerTest, NeverExceedsItsLimits) {
  struct Row {
    std::size_t in_flight;
    std::size_t open;
  };
  for (const Row& row : {Row{1, 1}, Row{1, 3}, Row{4, 4}, Row{4, 16}, Row{32, 128}}) {
    SCOPED_TRACE(row.open);
    settings.limits = {.max_in_flight = row.in_flight, .max_open = row.open};
    api.sent.clear();
    api.most_in_flight = 0;
    queue.most_open = 0;
    queue.takes = Milliseconds{1};
    returned = false;
    queue.waiting.clear();
    queue.commit(claims(200));
    run();
    EXPECT_EQ(api.sent.size(), 200U);
    EXPECT_EQ(api.most_in_flight, row.in_flight);
    EXPECT_LE(queue.most_open, row.open);
    EXPECT_EQ(queue.open(), 0U);
  }
}

TEST_F(SchedulerTest, CarriesClosingsAndClaimsInOneExchange) {
  queue.takes = Milliseconds{2};
  queue.commit(claims(200));
  run();
  const auto both = std::ranges::count_if(queue.exchanges, [](const queue::Exchange& exchange) {
    return !exchange.closings.empty() && exchange.claim_limit > 0;
  });
  EXPECT_GT(both, 5);
  // Far fewer commits than rows: outcomes gather while one is under way.
  EXPECT_LT(queue.exchanges.size(), 100U);
}

TEST_F(SchedulerTest, WakesWhenAProducerCommits) {
  settings.until = Until::stopped;
  start();
  ASSERT_TRUE(run_until([&] { return queue.exchanges.size() == 1; }));
  ASSERT_TRUE(run_until([&] { return !io.poll_one(); }));
  const auto began = std::chrono::steady_clock::now();
  queue.commit(claims(1));
  ASSERT_TRUE(run_until([&] { return queue.closings().size() == 1; }));
  EXPECT_LT(std::chrono::steady_clock::now() - began, Milliseconds{500});
  scheduler->stop();
  finish();
}

TEST_F(SchedulerTest, LeavesTheLockToOthersBetweenTwoExchanges) {
  queue.commit(claims(9));
  settings.limits = {.max_in_flight = 1, .max_open = 1};
  std::vector<std::chrono::steady_clock::time_point> began;
  queue.before_answer = [&](const queue::Exchange&, queue::ExchangeResult& result) {
    began.push_back(std::chrono::steady_clock::now());
    result.pause = Milliseconds{10};
  };
  run();
  ASSERT_GE(began.size(), 10U);
  EXPECT_LE(began.size(), 12U) << "it waits, and does not ask in a circle";
  for (std::size_t i = 1; i < began.size(); ++i) {
    EXPECT_GE(began[i] - began[i - 1], Milliseconds{10});
  }
  EXPECT_EQ(api.sent.size(), 9U);
}

TEST_F(SchedulerTest, GathersOutcomesWhileTheWireHasEnoughToDo) {
  settings.limits = {.max_in_flight = 2, .max_open = 60};
  api.takes = Milliseconds{1};
  queue.commit(claims(200));
  run();
  EXPECT_EQ(queue.closings().size(), 200U);
  EXPECT_LT(queue.exchanges.size(), 70U) << "without gathering there is one for each or two rows";
}

TEST_F(SchedulerTest, StopsWithoutRegardForOthers) {
  settings.until = Until::stopped;
  queue.commit(claims(1));
  queue.before_answer = [&](const queue::Exchange&, queue::ExchangeResult& result) {
    result.pause = std::chrono::minutes{1};
  };
  start();
  ASSERT_TRUE(run_until([&] { return api.sent.size() == 1; }));
  scheduler->stop();
  finish();
  EXPECT_EQ(queue.closings().size(), 1U);
}

TEST_F(SchedulerTest, WakesWhenTheNextRowIsDue) {
  queue.next_due = clock.utc_now() + Milliseconds{80};
  const auto began = std::chrono::steady_clock::now();
  queue.before_answer = [&](const queue::Exchange&, queue::ExchangeResult&) {
    if (queue.exchanges.size() == 1) {
      queue.waiting.push_back(claim(1));
    } else {
      queue.next_due.reset();
    }
  };
  run();
  EXPECT_GE(std::chrono::steady_clock::now() - began, Milliseconds{70});
  EXPECT_EQ(api.sent.size(), 1U);
  EXPECT_LE(queue.exchanges.size(), 4U);
}

TEST_F(SchedulerTest, DoesNotEndDrainedWhileARowIsStillToCome) {
  queue.next_due = clock.utc_now() + std::chrono::hours{1};
  start();
  EXPECT_FALSE(run_until([&] { return returned; }, Milliseconds{100}));
  scheduler->stop();
  finish();
}

TEST_F(SchedulerTest, SendsAgainUnderANewAttemptAfterA401) {
  queue.commit(claims(1));
  api.answer = [](const SentPatch&, std::size_t number) {
    return response(number == 1 ? 401 : 200);
  };
  run();
  ASSERT_EQ(api.sent.size(), 2U);
  EXPECT_EQ(api.sent[0].body, api.sent[1].body);
  EXPECT_EQ(api.sent[0].idempotency_key, api.sent[1].idempotency_key);
  const auto closings = queue.closings();
  ASSERT_EQ(closings.size(), 2U);
  EXPECT_EQ(closings[0].outcome, Outcome::unauthorized);
  EXPECT_EQ(closings[0].attempt.number, 1);
  EXPECT_TRUE(std::holds_alternative<policy::Resend>(closings[0].next));
  EXPECT_EQ(closings[1].outcome, Outcome::accepted);
  EXPECT_EQ(closings[1].attempt.number, 2);
}

TEST_F(SchedulerTest, WaitsAfterASecond401) {
  queue.commit(claims(1));
  api.answer = [](const SentPatch&, std::size_t) { return response(401); };
  run();
  const auto closings = queue.closings();
  ASSERT_EQ(closings.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<policy::RetryAt>(closings[1].next));
}

TEST_F(SchedulerTest, KeepsResendsApartWhenSeveralRowsGetA401) {
  queue.commit(claims(12));
  api.answer = [](const SentPatch&, std::size_t number) {
    return response(number % 2 == 1 && number < 12 ? 401 : 200);
  };
  run();
  EXPECT_EQ(queue.open(), 0U);
  std::set<std::string> accepted;
  for (const queue::Closing& closing : queue.closings()) {
    if (closing.outcome == Outcome::accepted) {
      EXPECT_TRUE(
          accepted.insert(std::to_string(static_cast<std::int64_t>(closing.attempt.rfi))).second);
    }
  }
  EXPECT_GE(accepted.size(), 6U);
}

TEST_F(SchedulerTest, SendsNoFasterThanItsRate) {
  settings.rate_limit = 20.0;
  queue.commit(claims(26));
  const auto began = std::chrono::steady_clock::now();
  run();
  EXPECT_EQ(api.sent.size(), 26U);
  // 20 at once, then one every 50 ms.
  EXPECT_GE(std::chrono::steady_clock::now() - began, Milliseconds{250});
}

TEST_F(SchedulerTest, SendsNothingPastADeadlineThatPassedWhileItWaitedForTheWire) {
  settings.limits = {.max_in_flight = 1, .max_open = 2};
  auto rows = claims(2);
  rows[1].deadline = clock.utc_now() + std::chrono::seconds{2};
  queue.commit(std::move(rows));
  api.on_patch = [&] { clock.ahead = std::chrono::seconds{4}; };
  run();
  EXPECT_EQ(api.sent.size(), 1U);
  const auto closings = queue.closings();
  ASSERT_EQ(closings.size(), 2U);
  const auto& late = *std::ranges::find(
      closings, queue::RfiId{2}, [](const auto& closing) { return closing.attempt.rfi; });
  EXPECT_EQ(late.outcome, Outcome::not_sent);
  const auto* finish = std::get_if<policy::Finish>(&late.next);
  ASSERT_NE(finish, nullptr);
  EXPECT_EQ(finish->failure, policy::Failure::expired);
}

TEST_F(SchedulerTest, ClaimsNothingWhilePausedAndGoesOnAfterwards) {
  settings.claiming = Claiming::paused;
  settings.until = Until::stopped;
  queue.commit(claims(3));
  start();
  EXPECT_FALSE(run_until([&] { return !queue.exchanges.empty(); }, Milliseconds{50}));
  settings.claiming = Claiming::enabled;
  scheduler->configure(settings);
  ASSERT_TRUE(run_until([&] { return queue.closings().size() == 3; }));
  scheduler->stop();
  finish();
}

// A row that fell due during a pause used to keep the loop turning.
TEST_F(SchedulerTest, RestsDuringAPauseThoughARowIsDue) {
  settings.until = Until::stopped;
  queue.next_due = clock.utc_now() + Milliseconds{10};
  start();
  ASSERT_TRUE(run_until([&] { return queue.exchanges.size() == 1; }));
  settings.claiming = Claiming::paused;
  scheduler->configure(settings);
  (void)run_until([] { return false; }, Milliseconds{50});
  const int before = clock.asked;
  (void)run_until([] { return false; }, Milliseconds{100});
  EXPECT_LT(clock.asked - before, 20);
  scheduler->stop();
  finish();
}

TEST_F(SchedulerTest, EndsWithWhatTheQueueThrows) {
  queue.commit(claims(1));
  queue.before_answer = [](const queue::Exchange& exchange, queue::ExchangeResult&) {
    if (!exchange.closings.empty()) {
      throw std::runtime_error("the queue is gone");
    }
  };
  run();
  ASSERT_NE(thrown, nullptr);
  try {
    std::rethrow_exception(thrown);
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "the queue is gone");
  }
}

TEST_F(SchedulerTest, EndsWithWhatASubmissionThrowsAndClosesTheOthers) {
  queue.commit(claims(3));
  api.answer = [](const SentPatch&, std::size_t number) -> policy::AttemptResult {
    if (number == 2) {
      throw std::logic_error("a defect");
    }
    return response(200);
  };
  run();
  ASSERT_NE(thrown, nullptr);
  EXPECT_THROW(std::rethrow_exception(thrown), std::logic_error);
  EXPECT_EQ(queue.closings().size(), 2U);
  EXPECT_EQ(queue.open(), 1U) << "it stays open, to be closed as unknown at the next start";
}

// Requests that fail without waiting (no token) used to nest, one stack frame deeper each.
TEST_F(SchedulerTest, DoesNotGrowTheStackWithRequestsThatEndAtOnce) {
  settings.limits = {.max_in_flight = 1, .max_open = 5'000};
  api.synchronous = true;
  queue.commit(claims(5'000));
  start();
  finish(std::chrono::seconds{60});
  EXPECT_EQ(api.sent.size(), 5'000U);
}

TEST_F(SchedulerTest, LogsWhatACrashLeftOpenAndWhatTheQueueFinishedByItself) {
  queue.recovered.push_back({{queue::RfiId{7}, 2}, "rfi-7", "customer-7"});
  queue.before_answer = [](const queue::Exchange&, queue::ExchangeResult& result) {
    result.refused.push_back(
        {queue::RfiId{8}, "rfi-8", "customer-8", policy::Failure::invalid, "no grant met", true});
    result.cancelled.push_back({queue::RfiId{9}, "rfi-9", "customer-9"});
  };
  run();
  const auto has = [&](std::string_view event, std::string_view reference) {
    return std::ranges::any_of(lines, [&](const std::string& line) {
      return line.find(R"("event":")" + std::string{event} + R"(")") != std::string::npos &&
             line.find(R"("reference":")" + std::string{reference} + R"(")") != std::string::npos;
    });
  };
  EXPECT_TRUE(has("queue.recovered", "rfi-7"));
  EXPECT_TRUE(has("rfi.failed", "rfi-8"));
  EXPECT_TRUE(has("allowlist.violation", "rfi-8"));
  EXPECT_TRUE(has("rfi.cancelled", "rfi-9"));
}

TEST_F(SchedulerTest, WritesNoValueOfADocumentAtAnyLevel) {
  queue.commit(claims(8));
  api.answer = [](const SentPatch&, std::size_t number) -> policy::AttemptResult {
    const std::string echo = R"({"message":"number )" + std::string{kDocumentValue} +
                             R"( is taken","data":{"number":"no"}})";
    constexpr std::array kStatuses = {200U, 400U, 401U, 403U, 422U, 429U, 500U, 302U};
    return response(kStatuses.at(number % kStatuses.size()), echo);
  };
  run();
  ASSERT_GE(lines.size(), 8U);
  for (const std::string& line : lines) {
    EXPECT_EQ(line.find(kDocumentValue), std::string::npos) << line;
  }
  for (const queue::Closing& closing : queue.closings()) {
    EXPECT_EQ(closing.detail.find(kDocumentValue), std::string::npos) << closing.detail;
  }
}

}  // namespace
}  // namespace rfi::test
