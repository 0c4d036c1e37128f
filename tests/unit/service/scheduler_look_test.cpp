// The look before a row is sent again, through the scheduler.
#include "unit/service/scheduler_fixture.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace rfi::test {
namespace {

using policy::Outcome;

std::string customer(std::string_view id, bool open) {
  const std::string list =
      open ? R"([{"section":"proof_of_identity","categories":[{"document_type":"PASSPORT",)"
             R"("fields":[{"field_name":"number"}]}]}])"
           : "[]";
  return R"({"data":{"customer_id":")" + std::string{id} + R"(","request_for_information":)" +
         list + "}}";
}

class SchedulerLookTest : public SchedulerTest {
 protected:
  static std::vector<queue::Claim> doubtful(std::int64_t count) {
    auto rows = claims(count);
    for (queue::Claim& row : rows) {
      row.requested = R"(["proof_of_identity.number"])";
      row.doubt = policy::Doubt::may_have_landed;
      row.attempts = 2;
      row.tries = 2;
    }
    return rows;
  }

  void customers_are(bool open) {
    api.look_answer = [open](const std::string& id) { return response(200, customer(id, open)); };
  }
};

TEST_F(SchedulerLookTest, ConfirmsWhatHasLandedAndSendsNothing) {
  customers_are(false);
  queue.commit(doubtful(3));
  run();
  EXPECT_EQ(api.looks.size(), 3U);
  EXPECT_TRUE(api.sent.empty());
  for (const queue::Closing& closing : queue.closings()) {
    EXPECT_EQ(closing.outcome, Outcome::confirmed);
    EXPECT_EQ(std::get<policy::Finish>(closing.next).state, policy::RfiState::submitted);
  }
  EXPECT_TRUE(std::ranges::any_of(lines, [](const std::string& line) {
    return line.find(R"("event":"rfi.confirmed")") != std::string::npos;
  }));
}

TEST_F(SchedulerLookTest, SendsWhatIsStillOpen) {
  customers_are(true);
  queue.commit(doubtful(3));
  run();
  EXPECT_EQ(api.looks.size(), 3U);
  EXPECT_EQ(api.sent.size(), 3U);
  for (const queue::Closing& closing : queue.closings()) {
    EXPECT_EQ(closing.outcome, Outcome::accepted);
  }
}

TEST_F(SchedulerLookTest, LooksAsOftenAsItIsTold) {
  struct Row {
    policy::Reconcile reconcile;
    bool doubtful;
    std::size_t looks;
  };
  for (const Row& row : {Row{policy::Reconcile::after_unknown, true, 1},
                         Row{policy::Reconcile::after_unknown, false, 0},
                         Row{policy::Reconcile::always, false, 1},
                         Row{policy::Reconcile::never, true, 0}}) {
    settings.reconcile = row.reconcile;
    customers_are(true);
    api.looks.clear();
    api.sent.clear();
    returned = false;
    auto rows = doubtful(1);
    rows[0].doubt = row.doubtful ? policy::Doubt::may_have_landed : policy::Doubt::none;
    queue.commit(std::move(rows));
    run();
    EXPECT_EQ(api.looks.size(), row.looks);
    EXPECT_EQ(api.sent.size(), 1U);
  }
}

TEST_F(SchedulerLookTest, TakesTheAttemptBackWhenTheLookFails) {
  api.look_answer = [](const std::string& /*id*/) { return response(500); };
  queue.commit(doubtful(1));
  run();
  EXPECT_TRUE(api.sent.empty());
  const auto closings = queue.closings();
  ASSERT_EQ(closings.size(), 1U);
  EXPECT_EQ(closings[0].cost, queue::Cost::withdrawn);
  EXPECT_TRUE(std::holds_alternative<policy::RetryAt>(closings[0].next));
}

TEST_F(SchedulerLookTest, LooksBeforeARefusalInDoubtBecomesFinal) {
  // The first look finds it open; by the time of the PATCH the earlier one has landed.
  std::size_t looked = 0;
  api.look_answer = [&looked](const std::string& id) {
    return response(200, customer(id, looked++ == 0));
  };
  api.answer = [](const SentPatch& /*sent*/, std::size_t /*number*/) {
    return response(400, R"({"message":"unrequested field"})");
  };
  queue.commit(doubtful(1));
  run();
  EXPECT_EQ(looked, 2U);
  const auto closings = queue.closings();
  ASSERT_EQ(closings.size(), 1U);
  EXPECT_EQ(closings[0].outcome, Outcome::rejected);
  EXPECT_TRUE(closings[0].confirmation);
  EXPECT_EQ(std::get<policy::Finish>(closings[0].next).state, policy::RfiState::submitted);
}

TEST_F(SchedulerLookTest, SendsNothingAfterALookThatOutlivedTheDeadline) {
  auto rows = doubtful(1);
  rows[0].deadline = clock.utc_now() + std::chrono::seconds{2};
  queue.commit(std::move(rows));
  api.look_answer = [this](const std::string& id) {
    clock.ahead = std::chrono::seconds{4};
    return response(200, customer(id, true));
  };
  run();
  EXPECT_TRUE(api.sent.empty());
  const auto closings = queue.closings();
  ASSERT_EQ(closings.size(), 1U);
  EXPECT_EQ(std::get<policy::Finish>(closings[0].next).failure, policy::Failure::expired);
}

}  // namespace
}  // namespace rfi::test
