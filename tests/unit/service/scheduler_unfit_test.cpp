// What an unfit destination does to the scheduler.
#include "unit/service/scheduler_fixture.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace rfi::test {
namespace {

using policy::Outcome;

policy::AttemptResult refused_connection() {
  return policy::TransportFailure{
      policy::Phase::connect, policy::BytesLeft::no, "refused", "connection refused"};
}

class SchedulerUnfitTest : public SchedulerTest {
 protected:
  SchedulerUnfitTest() {
    settings.limits = {.max_in_flight = 4, .max_open = 12};
    settings.retry.backoff.initial_delay = Milliseconds{20};
    settings.retry.backoff.max_delay = Milliseconds{40};
    queue.takes_back = true;
  }

  [[nodiscard]] std::ptrdiff_t lines_of(std::string_view event) const {
    const std::string wanted = R"("event":")" + std::string{event} + R"(")";
    return std::ranges::count_if(lines, [&wanted](const std::string& line) {
      return line.find(wanted) != std::string::npos;
    });
  }

  /// The API fails in the way of `broken` until `probes` more requests have met it.
  void break_for(std::size_t requests, policy::AttemptResult broken) {
    api.answer = [requests, broken = std::move(broken)](
                     const SentPatch& /*sent*/, std::size_t number) -> policy::AttemptResult {
      return number <= requests ? broken : response(200);
    };
  }
};

TEST_F(SchedulerUnfitTest, SendsAHandfulOfProbesAndFailsNoRow) {
  break_for(8, refused_connection());
  queue.commit(claims(60));
  run();
  EXPECT_EQ(thrown, nullptr);
  EXPECT_EQ(api.sent.size(), 68U);
  for (const queue::Closing& closing : queue.closings()) {
    if (const auto* finish = std::get_if<policy::Finish>(&closing.next)) {
      EXPECT_EQ(finish->state, policy::RfiState::submitted);
    } else {
      EXPECT_NE(closing.cost, queue::Cost::by_outcome);
    }
  }
  EXPECT_EQ(lines_of("destination.unfit"), 1);
  EXPECT_EQ(lines_of("destination.fit"), 1);
}

TEST_F(SchedulerUnfitTest, ClaimsOneRowAtATimeUntilItIsOver) {
  break_for(8, refused_connection());
  queue.commit(claims(30));
  run();
  bool unfit = false;
  for (const queue::Exchange& exchange : queue.exchanges) {
    unfit = unfit || exchange.destination_unfit;
    if (exchange.destination_unfit) {
      EXPECT_LE(exchange.claim_limit, 1U);
    }
  }
  EXPECT_TRUE(unfit);
  EXPECT_FALSE(queue.exchanges.back().destination_unfit);
}

TEST_F(SchedulerUnfitTest, GivesBackWhatATokenWasRefusedForAndResendsOnlyTheProbe) {
  // Every 401 brings a new token; the new ones are refused as well until the key is valid again.
  break_for(60, response(401));
  queue.commit(claims(40));
  run();
  EXPECT_EQ(lines_of("destination.unfit"), 1);
  EXPECT_EQ(lines_of("rfi.failed"), 0);
  std::size_t accepted = 0;
  for (const queue::Closing& closing : queue.closings()) {
    accepted += closing.outcome == Outcome::accepted ? 1 : 0;
  }
  EXPECT_EQ(accepted, 40U);
}

TEST_F(SchedulerUnfitTest, GivesRowsBackWhatTheyPaidBeforeItWasKnown) {
  break_for(10, response(503));
  queue.commit(claims(20));
  run();
  std::size_t refunded = 0;
  for (const queue::Exchange& exchange : queue.exchanges) {
    refunded += exchange.refunds.size();
  }
  EXPECT_EQ(refunded, 9U);  // the tenth paid nothing
  EXPECT_EQ(lines_of("destination.unfit"), 1);
}

TEST_F(SchedulerUnfitTest, TellsWhoeverShowsTheState) {
  break_for(3, refused_connection());
  queue.commit(claims(5));
  io.restart();
  scheduler.emplace(io.get_executor(), queue, api, clock, random, log, settings);
  std::vector<bool> turns;
  scheduler->on_turn([&] { turns.push_back(scheduler->destination().is_fit()); });
  boost::asio::co_spawn(io, scheduler->run(), [this](const std::exception_ptr& error) {
    thrown = error;
    returned = true;
  });
  finish();
  EXPECT_EQ(turns, (std::vector<bool>{false, true}));
}

TEST_F(SchedulerUnfitTest, GivesBackWhatWasClaimedWhileItBecameUnfit) {
  // The first commit hands out one row; the second is under way when that row finds out.
  settings.limits = {.max_in_flight = 4, .max_open = 8};
  queue.takes = Milliseconds{20};
  queue.commit(claims(1));
  break_for(3, refused_connection());
  api.on_patch = [this] {
    if (api.sent.size() == 1) {
      auto more = claims(8);
      more.erase(more.begin());
      queue.commit(std::move(more));
    }
  };
  run();
  std::size_t failed = 0;
  std::size_t withdrawn = 0;
  for (const queue::Closing& closing : queue.closings()) {
    failed += closing.error == "refused" ? 1U : 0U;
    withdrawn += closing.cost == queue::Cost::withdrawn ? 1U : 0U;
  }
  EXPECT_EQ(withdrawn, 7U);
  EXPECT_EQ(failed, 3U);
  EXPECT_EQ(api.sent.size(), 8U + 3U);
}

TEST_F(SchedulerUnfitTest, StopsInTheMiddleOfIt) {
  break_for(1'000'000, refused_connection());
  settings.until = service::Until::stopped;
  queue.commit(claims(20));
  start();
  ASSERT_TRUE(run_until([this] { return lines_of("destination.unfit") == 1; }));
  scheduler->stop();
  finish();
  EXPECT_EQ(queue.open(), 0U);
}

}  // namespace
}  // namespace rfi::test
