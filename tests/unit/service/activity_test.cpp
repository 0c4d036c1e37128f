#include "rfi/service/activity.hpp"

#include "unit/service/claims.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>

namespace rfi::test {
namespace {

using policy::Failure;
using policy::Finish;
using policy::Outcome;
using policy::RfiState;
using service::Activity;
using service::EndedAttempt;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Activity::Instant kStart{std::chrono::hours{7}};
constexpr policy::UtcTime kNow = policy::utc_from_unix_ms(1'800'000'000'000);

std::uint64_t attempts_of(const Activity& activity) {
  const auto& outcomes = activity.outcomes();
  return std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0});
}

EndedAttempt attempt(Outcome outcome, policy::NextStep next, milliseconds wait = milliseconds{0}) {
  EndedAttempt ended;
  ended.row.claim = claim(1);
  ended.closing.outcome = outcome;
  ended.closing.finished_at = kNow;
  ended.closing.next = std::move(next);
  ended.timings.wait = wait;
  if (outcome != Outcome::unknown && outcome != Outcome::not_sent) {
    ended.closing.http_status = 200;
  }
  return ended;
}

EndedAttempt accepted(milliseconds wait = milliseconds{0}) {
  return attempt(Outcome::accepted, Finish{RfiState::submitted, std::nullopt, ""}, wait);
}

TEST(Activity, CountsTheLastMinuteAndNotWhatWasBefore) {
  Activity activity{kStart};
  for (int i = 0; i < 600; ++i) {
    activity.note(accepted(), kStart + milliseconds{i * 100});  // ten a second for a minute
  }
  EXPECT_NEAR(activity.rate(kStart + seconds{60}), 10.0, 0.1);
  EXPECT_LT(activity.rate(kStart + seconds{100}), 5.0);
  EXPECT_EQ(activity.rate(kStart + seconds{140}), 0.0);
  EXPECT_FALSE(activity.response_times(kStart + seconds{140}).has_value());
  EXPECT_EQ(attempts_of(activity), 600U);
}

TEST(Activity, CountsHowRowsCameToTheirEnd) {
  Activity activity{kStart};
  activity.note(accepted(), kStart);
  activity.note(attempt(Outcome::rejected, Finish{RfiState::failed, Failure::rejected, "no"}),
                kStart);
  activity.note(attempt(Outcome::throttled, policy::RetryAt{kNow, "later"}), kStart);
  queue::Refused expired;
  expired.failure = Failure::expired;
  activity.note(expired, kNow);
  EXPECT_EQ(activity.ends().submitted, 1U);
  EXPECT_EQ(activity.ends().failed.at(static_cast<std::size_t>(Failure::rejected)), 1U);
  EXPECT_EQ(activity.ends().failed.at(static_cast<std::size_t>(Failure::expired)), 1U);
  EXPECT_EQ(activity.ends().total(), 3U);
}

TEST(Activity, SaysTheRateSinceTheStartWhenItHasJustBegun) {
  Activity activity{kStart};
  for (int i = 0; i < 40; ++i) {
    activity.note(accepted(), kStart + milliseconds{i * 100});
  }
  EXPECT_NEAR(activity.rate(kStart + seconds{4}), 10.0, 0.1);
}

TEST(Activity, GivesResponseTimesWithinAQuarter) {
  Activity activity{kStart};
  for (int i = 1; i <= 1000; ++i) {
    activity.note(accepted(milliseconds{i}), kStart + seconds{1});
  }
  const auto times = activity.response_times(kStart + seconds{2});
  ASSERT_TRUE(times.has_value());
  const auto near = [](milliseconds found, std::int64_t wanted) {
    EXPECT_GE(found.count(), wanted);
    EXPECT_LE(found.count(), wanted * 5 / 4);
  };
  near(times->p50, 500);
  near(times->p90, 900);
  near(times->p99, 990);
}

TEST(Activity, CountsOnlyAnswersAmongTheResponseTimes) {
  Activity activity{kStart};
  activity.note(attempt(Outcome::unknown, policy::RetryAt{}, seconds{30}), kStart);
  EXPECT_FALSE(activity.response_times(kStart).has_value());
  activity.note(accepted(milliseconds{3}), kStart);
  EXPECT_EQ(activity.response_times(kStart)->p99, milliseconds{3});
  activity.note(accepted(std::chrono::hours{2000}),
                kStart);  // beyond the last class: not beyond the array
  EXPECT_GT(activity.response_times(kStart)->p99, std::chrono::minutes{5});
}

TEST(Activity, CountsOutcomesAndLeavesOutWhatWasNoRequest) {
  Activity activity{kStart};
  activity.note(accepted(), kStart);
  activity.note(attempt(Outcome::throttled, policy::RetryAt{}), kStart);
  auto withdrawn = attempt(Outcome::not_sent, policy::RetryAt{});
  withdrawn.closing.cost = queue::Cost::withdrawn;
  activity.note(withdrawn, kStart);
  EXPECT_EQ(attempts_of(activity), 2U);
  EXPECT_EQ(activity.outcomes().at(static_cast<std::size_t>(Outcome::accepted)), 1U);
  EXPECT_EQ(activity.outcomes().at(static_cast<std::size_t>(Outcome::throttled)), 1U);
  EXPECT_EQ(activity.outcomes().at(static_cast<std::size_t>(Outcome::not_sent)), 0U);
}

TEST(Activity, KeepsTheLastTenFailuresTheNewestFirst) {
  Activity activity{kStart};
  activity.note(
      attempt(Outcome::rejected, Finish{RfiState::failed, Failure::rejected, "no such field"}),
      kStart);
  for (int i = 0; i < 10; ++i) {
    queue::Refused refused;
    refused.reference = "refused-" + std::to_string(i);
    activity.note(refused, kNow + seconds{i});
  }
  ASSERT_EQ(activity.failures().size(), 10U);
  EXPECT_EQ(activity.failures().front().reference, "refused-9");
  EXPECT_EQ(activity.failures().back().reference, "refused-0");
  EXPECT_FALSE(activity.last_success().has_value());
  activity.note(accepted(), kStart);
  EXPECT_EQ(activity.last_success(), kNow);
}

}  // namespace
}  // namespace rfi::test
