#include "rfi/service/ended_attempt.hpp"

#include "unit/service/claims.hpp"
#include "unit/service/fake_ports.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <variant>

namespace rfi::test {
namespace {

using policy::Outcome;
using service::Circumstances;
using service::EndedAttempt;
using service::OpenRow;
using service::Sending;
using std::chrono::milliseconds;

constexpr policy::UtcTime kNow = policy::utc_from_unix_ms(1'800'000'000'000);

OpenRow row() {
  OpenRow row;
  row.claim = claim(1);
  row.claim.started_at = kNow - milliseconds{100};
  row.claim.waited_since = kNow - milliseconds{200};
  return row;
}

EndedAttempt end(policy::AttemptResult result,
                 OpenRow open = row(),
                 Circumstances circumstances = {}) {
  circumstances.now = kNow;
  api::AttemptReport report;
  report.result = std::move(result);
  report.timings = {.connect = milliseconds{1}, .send = milliseconds{2}, .wait = milliseconds{4}};
  return service::end_attempt({}, std::move(open), report, circumstances);
}

TEST(EndAttempt, RecordsAnAcceptedAnswer) {
  auto answer = response(200, R"({"data":{}})");
  answer.request_id = "req-1";
  const EndedAttempt ended = end(answer);
  EXPECT_EQ(ended.closing.attempt, claim(1).attempt);
  EXPECT_EQ(ended.closing.outcome, Outcome::accepted);
  EXPECT_EQ(ended.closing.http_status, 200U);
  EXPECT_EQ(ended.closing.request_id, "req-1");
  EXPECT_EQ(ended.closing.finished_at, kNow);
  EXPECT_EQ(ended.closing.duration, milliseconds{7});
  EXPECT_EQ(ended.closing.detail, "");
  EXPECT_EQ(ended.closing.cost, queue::Cost::by_outcome);
  EXPECT_EQ(ended.closing.next,
            policy::NextStep(policy::Finish{policy::RfiState::submitted, std::nullopt, ""}));
  EXPECT_EQ(ended.row.claim.prepared.body, claim(1).prepared.body) << "the bytes are kept";
}

TEST(EndAttempt, KeepsTheApisWordsWithoutTheValues) {
  const EndedAttempt ended =
      end(response(400, R"({"message":"X1234567-secret is taken","data":{"number":"x"}})"));
  EXPECT_EQ(ended.closing.outcome, Outcome::rejected);
  EXPECT_EQ(ended.closing.detail, "HTTP 400: … is taken: number");
  const auto* finish = std::get_if<policy::Finish>(&ended.closing.next);
  ASSERT_NE(finish, nullptr);
  EXPECT_EQ(finish->failure, policy::Failure::rejected);
  EXPECT_EQ(finish->detail, ended.closing.detail);
}

TEST(EndAttempt, SaysWhereARedirectLeavesUs) {
  const EndedAttempt ended = end(response(302, ""));
  EXPECT_EQ(ended.closing.error, "redirect");
  EXPECT_NE(ended.closing.detail.find("api.base_url"), std::string::npos);
  EXPECT_TRUE(std::holds_alternative<policy::RetryAt>(ended.closing.next));
}

TEST(EndAttempt, CondemnsForAnAmbiguousAnswerWhileOthersSucceed) {
  const EndedAttempt ended = end(response(404, ""), row(), {.recent_success = true});
  EXPECT_TRUE(std::holds_alternative<policy::Finish>(ended.closing.next));
  OpenRow third = row();
  third.claim.rejections = 2;
  EXPECT_TRUE(std::holds_alternative<policy::Finish>(end(response(404, ""), third).closing.next));
}

TEST(EndAttempt, SendsAgainAfterThe401OfAFirstSendingOnly) {
  EXPECT_TRUE(std::holds_alternative<policy::Resend>(end(response(401)).closing.next));
  OpenRow again = row();
  again.sending = Sending::resend;
  EXPECT_TRUE(std::holds_alternative<policy::RetryAt>(end(response(401), again).closing.next));
}

TEST(EndAttempt, HonoursRetryAfterAndMarksACappedOne) {
  auto answer = response(429);
  answer.retry_after = policy::RetryAfter{std::chrono::hours{24}, true};
  const EndedAttempt ended = end(answer);
  EXPECT_TRUE(ended.retry_after_capped);
  const auto* retry = std::get_if<policy::RetryAt>(&ended.closing.next);
  ASSERT_NE(retry, nullptr);
  EXPECT_GE(retry->due, kNow + std::chrono::hours{24});
}

TEST(EndAttempt, RecordsAFailureInItsOwnWords) {
  const policy::TransportFailure failure{
      policy::Phase::connect, policy::BytesLeft::no, "refused", "no connection to the API"};
  const EndedAttempt ended = end(failure);
  EXPECT_EQ(ended.closing.outcome, Outcome::not_sent);
  EXPECT_EQ(ended.closing.http_status, std::nullopt);
  EXPECT_EQ(ended.closing.error, "refused");
  EXPECT_EQ(ended.closing.detail, "no connection to the API");
}

TEST(EndAttempt, HandsOnTheHistoryOfTheRow) {
  OpenRow old = row();
  old.claim.attempts = 20;
  const EndedAttempt used_up = end(response(500), old);
  const auto* finish = std::get_if<policy::Finish>(&used_up.closing.next);
  ASSERT_NE(finish, nullptr);
  EXPECT_EQ(finish->failure, policy::Failure::exhausted);
  old.claim.attempts = 1;
  old.claim.tries = 5;
  const EndedAttempt again = end(response(500), old);
  EXPECT_EQ(std::get<policy::RetryAt>(again.closing.next).due, kNow + std::chrono::seconds{8});
}

TEST(EndAttempt, GivesUpNoRowByAClockThatWasSetWhileItWasOpen) {
  constexpr std::chrono::hours kDay{24};
  struct Case {
    milliseconds waited;
    milliseconds clock_moved;
    bool given_up;
  };
  for (const Case& each : {Case{milliseconds{200}, milliseconds{0}, false},
                           Case{4 * kDay, milliseconds{0}, true},
                           Case{4 * kDay, 4 * kDay, false},            // it has waited for no time
                           Case{milliseconds{200}, -4 * kDay, false},  // queued in the new time
                           Case{4 * kDay, -kDay, true}}) {
    OpenRow open = row();
    open.claim.waited_since = kNow - each.waited;
    Circumstances at;
    at.clock_moved = each.clock_moved;
    const EndedAttempt ended = end(response(500), open, at);
    EXPECT_EQ(std::holds_alternative<policy::Finish>(ended.closing.next), each.given_up)
        << each.waited.count() << " " << each.clock_moved.count();
  }
}

// A stop for a deploy must not use up a row's attempts, whatever had left by then.
TEST(EndAttempt, MakesAStoppedRowDueAgainAtNoCost) {
  for (const auto left : {policy::BytesLeft::no, policy::BytesLeft::yes}) {
    OpenRow last = row();
    last.claim.attempts = 20;
    last.claim.deadline = kNow - milliseconds{1};
    const EndedAttempt ended = end(policy::Stopped{left}, last);
    EXPECT_EQ(ended.closing.outcome,
              left == policy::BytesLeft::no ? Outcome::not_sent : Outcome::unknown);
    EXPECT_EQ(ended.closing.cost, queue::Cost::none);
    EXPECT_EQ(std::get<policy::RetryAt>(ended.closing.next).due, kNow);
  }
}

}  // namespace
}  // namespace rfi::test
