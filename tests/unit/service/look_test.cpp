#include "rfi/service/look.hpp"

#include "unit/service/claims.hpp"
#include "unit/service/fake_ports.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <variant>

namespace rfi::test {
namespace {

using policy::Outcome;
using service::Circumstances;
using service::EndedAttempt;
using service::JudgedLook;
using service::LookResult;
using service::OpenRow;
using std::chrono::milliseconds;

constexpr policy::UtcTime kNow = policy::utc_from_unix_ms(1'800'000'000'000);
constexpr std::string_view kOpen =
    R"([{"section":"proof_of_identity","categories":[{"document_type":"PASSPORT",)"
    R"("fields":[{"field_name":"number"}]}]}])";

queue::Claim doubtful() {
  queue::Claim made = claim(1);
  made.requested = R"(["proof_of_identity.number"])";
  made.doubt = policy::Doubt::may_have_landed;
  made.attempts = 2;
  made.tries = 2;
  return made;
}

OpenRow row() {
  OpenRow made;
  made.claim = doubtful();
  return made;
}

Circumstances at_now() {
  Circumstances at;
  at.now = kNow;
  return at;
}

api::AttemptReport answer(unsigned status, const std::string& body) {
  api::AttemptReport report;
  report.result = response(status, body);
  return report;
}

api::AttemptReport customer(std::string_view list) {
  return answer(200,
                R"({"data":{"customer_id":")" + doubtful().customer_id +
                    R"(","request_for_information":)" + std::string{list} + "}}");
}

JudgedLook judged(const api::AttemptReport& report) {
  return service::judge_look(report, doubtful(), {});
}

TEST(JudgeLook, TellsLandedFromOpenFromUnknown) {
  EXPECT_EQ(judged(customer("[]")).result, LookResult::landed);
  EXPECT_EQ(judged(customer(kOpen)).result, LookResult::open);
  EXPECT_EQ(judged(answer(200, "{}")).result, LookResult::failed);
  EXPECT_EQ(judged(answer(404, "{}")).result, LookResult::failed);
  EXPECT_EQ(judged(answer(503, "{}")).result, LookResult::failed);
  api::AttemptReport stopped;
  stopped.result = policy::Stopped{policy::BytesLeft::yes};
  EXPECT_EQ(judged(stopped).result, LookResult::failed);
}

TEST(JudgeLook, SaysWhyWithoutAnyValue) {
  const std::string secret = "4711-secret";
  const auto look = judged(answer(500, R"({"message":")" + secret + R"("})"));
  EXPECT_EQ(look.detail, "HTTP 500");
  EXPECT_EQ(look.http_status, 500U);
  const auto unreadable = judged(answer(200, R"({"data":{"customer_id":")" + secret + R"("}})"));
  EXPECT_NE(unreadable.detail, "");
  EXPECT_EQ(unreadable.verdict.outcome, policy::Outcome::accepted) << "the API did answer";
  EXPECT_EQ(unreadable.detail.find(secret), std::string::npos);
}

TEST(EndConfirmed, SubmitsTheRow) {
  const EndedAttempt ended = service::end_confirmed(row(), customer("[]"), at_now());
  EXPECT_EQ(ended.closing.outcome, Outcome::confirmed);
  EXPECT_EQ(ended.closing.http_status, 200U);
  const auto* finish = std::get_if<policy::Finish>(&ended.closing.next);
  ASSERT_NE(finish, nullptr);
  EXPECT_EQ(finish->state, policy::RfiState::submitted);
}

TEST(EndUnlooked, TakesTheAttemptBackAndWaitsLongerEachTime) {
  policy::RetrySettings settings;
  settings.backoff = {milliseconds{1'000}, milliseconds{60'000}};
  const auto report = answer(503, "{}");
  milliseconds previous{0};
  for (std::int64_t failed = 1; failed <= 4; ++failed) {
    const EndedAttempt ended =
        service::end_unlooked(settings, row(), report, judged(report), failed, at_now());
    EXPECT_EQ(ended.closing.cost, queue::Cost::withdrawn);
    const auto* retry = std::get_if<policy::RetryAt>(&ended.closing.next);
    ASSERT_NE(retry, nullptr);
    EXPECT_GT(retry->due - kNow, previous);
    previous = retry->due - kNow;
  }
}

TEST(EndUnlooked, IsSeenAgainAtItsDeadline) {
  OpenRow late = row();
  late.claim.deadline = kNow + milliseconds{100};
  const auto report = answer(503, "{}");
  const EndedAttempt ended =
      service::end_unlooked({}, std::move(late), report, judged(report), 9, at_now());
  EXPECT_EQ(std::get<policy::RetryAt>(ended.closing.next).due, kNow + milliseconds{100});
}

TEST(Reconsider, LetsALookDecideWhatARefusalInDoubtMeans) {
  const auto refused = [] {
    return service::end_attempt({}, row(), answer(400, R"({"message":"unrequested"})"), at_now());
  };
  {
    EndedAttempt ended = refused();
    service::reconsider(ended, {}, judged(customer("[]")), at_now());
    EXPECT_EQ(ended.closing.outcome, Outcome::rejected);
    ASSERT_TRUE(ended.closing.confirmation);
    EXPECT_EQ(ended.closing.confirmation->http_status, 200U);
    EXPECT_EQ(std::get<policy::Finish>(ended.closing.next).state, policy::RfiState::submitted);
  }
  {
    EndedAttempt ended = refused();
    service::reconsider(ended, {}, judged(customer(kOpen)), at_now());
    EXPECT_FALSE(ended.closing.confirmation);
    EXPECT_EQ(std::get<policy::Finish>(ended.closing.next).failure, policy::Failure::rejected);
  }
  {
    EndedAttempt ended = refused();
    service::reconsider(ended, {}, judged(answer(500, "{}")), at_now());
    EXPECT_TRUE(std::holds_alternative<policy::RetryAt>(ended.closing.next));
  }
}

}  // namespace
}  // namespace rfi::test
