#include "rfi/policy/retry.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace rfi::policy {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr UtcTime kNow = utc_from_unix_ms(1'800'000'000'000);
constexpr RetrySettings kSettings{};

AttemptContext first_try() {
  AttemptContext context;
  context.now = kNow;
  context.waited_since = kNow - seconds{2};
  return context;
}

Verdict verdict(Outcome outcome, Blame blame = Blame::destination) {
  return {outcome, blame, {}, {}};
}

NextStep step(Outcome outcome,
              const AttemptContext& context,
              Blame blame = Blame::destination,
              std::string detail = "why") {
  return next_step(kSettings, verdict(outcome, blame), context, std::move(detail));
}

NextStep failed(Failure failure, std::string detail) {
  return Finish{RfiState::failed, failure, std::move(detail)};
}

UtcTime due_of(const NextStep& next) {
  const auto* retry = std::get_if<RetryAt>(&next);
  EXPECT_NE(retry, nullptr);
  return retry == nullptr ? UtcTime{} : retry->due;
}

TEST(Retry, CountsOnlyOutcomesThatSayNothingElseIsWrong) {
  EXPECT_TRUE(costs_an_attempt(Outcome::accepted));
  EXPECT_TRUE(costs_an_attempt(Outcome::rejected));
  EXPECT_TRUE(costs_an_attempt(Outcome::throttled));
  EXPECT_TRUE(costs_an_attempt(Outcome::unavailable));
  EXPECT_TRUE(costs_an_attempt(Outcome::unknown));
  EXPECT_FALSE(costs_an_attempt(Outcome::unauthorized));
  EXPECT_FALSE(costs_an_attempt(Outcome::not_sent));
  EXPECT_FALSE(costs_an_attempt(Outcome::confirmed));
}

TEST(NextStep, SubmitsWhatWasAcceptedOrConfirmedEvenAtTheVeryEnd) {
  AttemptContext context = first_try();
  context.attempts = 1000;
  context.deadline = kNow - hours{1};
  context.waited_since = kNow - hours{1000};
  for (const Outcome outcome : {Outcome::accepted, Outcome::confirmed}) {
    EXPECT_EQ(step(outcome, context, Blame::none, ""),
              NextStep(Finish{RfiState::submitted, std::nullopt, ""}));
  }
}

TEST(NextStep, CondemnsARowThatIsToBlameAtOnce) {
  EXPECT_EQ(step(Outcome::rejected, first_try(), Blame::item), failed(Failure::rejected, "why"));
}

TEST(NextStep, WaitsAfterEveryFailureThatMayPass) {
  for (const Outcome outcome :
       {Outcome::throttled, Outcome::unavailable, Outcome::not_sent, Outcome::unknown}) {
    EXPECT_EQ(step(outcome, first_try()), NextStep(RetryAt{kNow + milliseconds{500}, "why"}))
        << to_string(outcome);
  }
}

TEST(NextStep, WaitsLongerTheMoreTriesThereWere) {
  AttemptContext context = first_try();
  context.tries = 5;
  EXPECT_EQ(due_of(step(Outcome::unavailable, context)), kNow + seconds{8});
  context.unit_random = 0.999999999;
  EXPECT_EQ(due_of(step(Outcome::unavailable, context)), kNow + seconds{16});
}

TEST(NextStep, GivesUpOnceTheAttemptsAreUsedUp) {
  AttemptContext context = first_try();
  context.attempts = kSettings.max_attempts - 1;
  EXPECT_TRUE(std::holds_alternative<RetryAt>(step(Outcome::unavailable, context)));
  context.attempts = kSettings.max_attempts;
  for (const Outcome outcome : {Outcome::throttled, Outcome::unavailable, Outcome::unknown}) {
    EXPECT_EQ(step(outcome, context),
              failed(Failure::exhausted, "retry.max_attempts are used up; last: why"))
        << to_string(outcome);
  }
}

TEST(NextStep, DoesNotGiveUpForWhatCostsNoAttempt) {
  AttemptContext context = first_try();
  context.attempts = kSettings.max_attempts;
  context.tries = 1'000'000;
  EXPECT_TRUE(std::holds_alternative<RetryAt>(step(Outcome::not_sent, context)));
  context.resent = true;
  EXPECT_TRUE(std::holds_alternative<RetryAt>(step(Outcome::unauthorized, context)));
}

TEST(NextStep, ExpiresAtItsDeadline) {
  AttemptContext context = first_try();
  context.deadline = kNow;
  EXPECT_EQ(step(Outcome::not_sent, context),
            failed(Failure::expired, "its deadline has passed; last: why"));
  EXPECT_EQ(step(Outcome::not_sent, context, Blame::destination, ""),
            failed(Failure::expired, "its deadline has passed"));
}

TEST(NextStep, ExpiresAtTheGiveUpAge) {
  AttemptContext context = first_try();
  context.waited_since = kNow - kSettings.give_up_after + milliseconds{1};
  EXPECT_TRUE(std::holds_alternative<RetryAt>(step(Outcome::unavailable, context)));
  context.waited_since = kNow - kSettings.give_up_after;
  EXPECT_EQ(step(Outcome::unavailable, context),
            failed(Failure::expired, "retry.give_up_after has passed; last: why"));
}

TEST(NextStep, LooksAgainWhenTheEndHasComeAndNotLongAfterIt) {
  AttemptContext context = first_try();
  context.tries = 20;
  context.deadline = kNow + minutes{1};
  EXPECT_EQ(due_of(step(Outcome::unavailable, context)), kNow + minutes{1});
  context.deadline.reset();
  context.waited_since = kNow - kSettings.give_up_after + minutes{2};
  EXPECT_EQ(due_of(step(Outcome::unavailable, context)), kNow + minutes{2});
}

TEST(NextStep, NeverUndercutsARetryAfter) {
  AttemptContext context = first_try();
  context.retry_after = RetryAfter{minutes{10}, false};
  for (const Outcome outcome : {Outcome::throttled, Outcome::unavailable}) {
    EXPECT_EQ(due_of(step(outcome, context)), kNow + minutes{10});
  }
  context.unit_random = 0.999999999;
  EXPECT_EQ(due_of(step(Outcome::throttled, context)), kNow + minutes{10} + milliseconds{500});
}

// A deadline may be moved and the give-up age stands still while the destination is unfit: a row
// that was due at its old end would leave before the pause that the API asked for.
TEST(NextStep, NeverUndercutsARetryAfterForAnEndThatMayStillMove) {
  AttemptContext context = first_try();
  context.retry_after = RetryAfter{minutes{10}, false};
  context.deadline = kNow + minutes{1};
  EXPECT_GE(due_of(step(Outcome::throttled, context)), kNow + minutes{10});
  context.deadline.reset();
  context.waited_since = kNow - kSettings.give_up_after + minutes{1};
  EXPECT_GE(due_of(step(Outcome::throttled, context)), kNow + minutes{10});
}

TEST(NextStep, SendsOnceMoreAfterA401AndThenWaits) {
  AttemptContext context = first_try();
  EXPECT_EQ(step(Outcome::unauthorized, context), NextStep(Resend{}));
  context.resent = true;
  EXPECT_EQ(step(Outcome::unauthorized, context),
            NextStep(RetryAt{kNow + milliseconds{500}, "why"}));
}

TEST(NextStep, SendsNothingOnceMoreAfterItsDeadline) {
  AttemptContext context = first_try();
  context.deadline = kNow;
  EXPECT_EQ(step(Outcome::unauthorized, context),
            failed(Failure::expired, "its deadline has passed; last: why"));
}

TEST(NextStep, CondemnsForAnAmbiguousAnswerOnlyWhileOthersSucceed) {
  AttemptContext context = first_try();
  EXPECT_TRUE(std::holds_alternative<RetryAt>(step(Outcome::rejected, context, Blame::either)));
  context.recent_success = true;
  EXPECT_EQ(step(Outcome::rejected, context, Blame::either), failed(Failure::rejected, "why"));
}

TEST(NextStep, CondemnsAtTheThirdAmbiguousAnswer) {
  AttemptContext context = first_try();
  for (const std::int64_t earlier : {0, 1}) {
    context.rejections = earlier;
    EXPECT_TRUE(std::holds_alternative<RetryAt>(step(Outcome::rejected, context, Blame::either)))
        << earlier;
  }
  context.rejections = 2;
  EXPECT_EQ(step(Outcome::rejected, context, Blame::either), failed(Failure::rejected, "why"));
}

}  // namespace
}  // namespace rfi::policy
