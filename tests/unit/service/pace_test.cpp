#include "rfi/service/pace.hpp"

#include "unit/service/claims.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace rfi::test {
namespace {

using policy::Outcome;
using service::Pace;
using service::PaceSettings;
using service::Returned;
using std::chrono::milliseconds;

Returned returned(std::int64_t row, Outcome outcome, policy::Blame blame, std::string error = "") {
  const queue::Claim of = claim(row);
  Returned made;
  made.rfi = of.attempt.rfi;
  made.customer_id = of.customer_id;
  made.verdict = {outcome, blame, std::move(error), {}};
  made.started = milliseconds{100};
  made.ended = milliseconds{120};
  made.round_trip = milliseconds{20};
  made.in_flight = 100;
  return made;
}

PaceSettings settings() {
  PaceSettings made;
  made.probes = {milliseconds{1'000}, milliseconds{60'000}};
  return made;
}

TEST(Pace, SlowsDownForWhatSpeaksOfLoadAlone) {
  struct Row {
    Outcome outcome;
    std::string error;
    int change;
  };
  for (const Row& row : {Row{Outcome::accepted, "", +1},
                         Row{Outcome::rejected, "", +1},
                         Row{Outcome::throttled, "", -1},
                         Row{Outcome::unavailable, "", -1},
                         Row{Outcome::unknown, "timeout", -1},
                         Row{Outcome::unknown, "reset", 0},
                         Row{Outcome::not_sent, "refused", 0},
                         Row{Outcome::not_sent, "timeout", -1}}) {
    SCOPED_TRACE(std::string{policy::to_string(row.outcome)} + row.error);
    Pace pace{settings()};
    const std::size_t before = pace.window();
    (void)pace.learn(returned(1, row.outcome, policy::Blame::none, row.error), 0.0);
    const std::size_t after = pace.window();
    EXPECT_EQ(after > before, row.change > 0);
    EXPECT_EQ(after < before, row.change < 0);
  }
}

TEST(Pace, BeginsWithOneRequestOnceTheDestinationIsFitAgain) {
  Pace pace{settings()};
  EXPECT_EQ(pace.learn(returned(1, Outcome::not_sent, policy::Blame::destination, "refused"), 0.0),
            policy::Turn::became_unfit);
  Returned success = returned(2, Outcome::accepted, policy::Blame::none);
  success.started = success.ended = milliseconds{5'000};
  EXPECT_EQ(pace.learn(success, 0.0), policy::Turn::became_fit);
  EXPECT_EQ(pace.window(), 1U);
}

TEST(Pace, TakesACustomerThatHangsAmongOthersForNoSignOfTheApi) {
  const auto hangs = [](std::int64_t row) {
    return returned(row, Outcome::unknown, policy::Blame::destination, "timeout");
  };
  const auto answered_later = [](std::int64_t row) {
    Returned made = returned(row, Outcome::accepted, policy::Blame::none);
    made.started = made.ended = milliseconds{200};
    return made;
  };
  Pace pace{settings()};
  for (std::int64_t row = 1; row <= 100; ++row) {
    (void)pace.learn(answered_later(row), 0.0);
  }
  const std::size_t before = pace.window();
  for (std::int64_t row = 1; row <= 10; ++row) {
    EXPECT_EQ(pace.learn(hangs(row), 0.0), policy::Turn::none);
  }
  EXPECT_EQ(pace.window(), before);
  (void)pace.learn(hangs(11), 0.0);
  EXPECT_LT(pace.window(), before) << "one in eleven is no accident any more";
}

TEST(Pace, ProbesAtOnceAfterAReload) {
  Pace pace{settings()};
  (void)pace.learn(returned(1, Outcome::not_sent, policy::Blame::destination, "refused"), 0.0);
  EXPECT_GT(pace.destination().next_probe_at(), milliseconds{200});
  pace.configure(settings(), milliseconds{200});
  EXPECT_EQ(pace.destination().next_probe_at(), milliseconds{200});
}

TEST(Pace, CountsARowThatWasSentBeforeAsARetry) {
  Pace pace{settings()};
  for (int i = 0; i < 30; ++i) {
    (void)pace.learn(returned(1, Outcome::throttled, policy::Blame::none), 0.0);
  }
  const std::size_t before = pace.retry_limit(milliseconds{0});
  ASSERT_GE(before, 2U);
  queue::Claim retry = claim(1);
  retry.attempts = 2;
  pace.claimed({retry});
  EXPECT_EQ(pace.retry_limit(milliseconds{0}), before - 1);
}

TEST(ProbePauses, AreNeverLongerThanAMinute) {
  const auto pauses = service::probe_pauses({milliseconds{500}, std::chrono::minutes{15}});
  EXPECT_EQ(pauses.initial_delay, milliseconds{500});
  EXPECT_EQ(pauses.max_delay, std::chrono::minutes{1});
  EXPECT_EQ(service::probe_pauses({milliseconds{500}, milliseconds{700}}).max_delay,
            milliseconds{700});
}

TEST(Pace, RemembersWhichRowsHangByThemselvesUntilTheyAreAnswered) {
  Pace pace{settings()};
  const auto hung = [] {
    return returned(99, Outcome::unknown, policy::Blame::destination, "timeout");
  };
  (void)pace.learn(hung(), 0.0);
  EXPECT_TRUE(pace.stuck().empty()) << "nobody else was answered: it may be the API";
  for (std::int64_t row = 1; row <= 20; ++row) {
    Returned answered = returned(row, Outcome::accepted, policy::Blame::none);
    answered.started = milliseconds{110};
    (void)pace.learn(answered, 0.0);
  }
  (void)pace.learn(hung(), 0.0);
  EXPECT_TRUE(pace.stuck().contains(queue::RfiId{99}));
  (void)pace.learn(returned(99, Outcome::accepted, policy::Blame::none), 0.0);
  EXPECT_TRUE(pace.stuck().empty());
}

}  // namespace
}  // namespace rfi::test
