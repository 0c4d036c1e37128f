#include "rfi/policy/concurrency.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace rfi::policy {
namespace {

using std::chrono::milliseconds;

/// Answers as many requests as the window holds, all under way together.
milliseconds answer_a_window(Concurrency& concurrency,
                             milliseconds now,
                             Load load = Load::accepted,
                             milliseconds round_trip = milliseconds{20}) {
  const auto window = concurrency.window();
  for (std::size_t i = 0; i < window; ++i) {
    concurrency.ended(load, now, now + round_trip, round_trip, concurrency.window());
  }
  return now + round_trip + milliseconds{1};
}

TEST(Concurrency, GrowsToItsMaximumWhileItIsUsedUp) {
  Concurrency concurrency{32};
  EXPECT_EQ(concurrency.window(), 8U);
  milliseconds now{0};
  for (int round = 0; round < 3; ++round) {
    now = answer_a_window(concurrency, now);
  }
  EXPECT_EQ(concurrency.window(), 32U);
}

TEST(Concurrency, LearnsNothingFromAWindowThatIsNotUsedUp) {
  Concurrency concurrency{32};
  for (int i = 0; i < 100; ++i) {
    concurrency.ended(Load::accepted, milliseconds{i}, milliseconds{i + 1}, milliseconds{1}, 3);
  }
  EXPECT_EQ(concurrency.window(), 8U);
}

TEST(Concurrency, HalvesOnceForTheRequestsThatWereUnderWayTogether) {
  Concurrency concurrency{32};
  milliseconds now = answer_a_window(concurrency, answer_a_window(concurrency, milliseconds{0}));
  ASSERT_EQ(concurrency.window(), 32U);
  now = answer_a_window(concurrency, now, Load::pressed);
  EXPECT_EQ(concurrency.window(), 16U);
  now = answer_a_window(concurrency, now, Load::pressed);
  EXPECT_EQ(concurrency.window(), 8U);
  for (int round = 0; round < 10; ++round) {
    now = answer_a_window(concurrency, now, Load::pressed);
  }
  EXPECT_EQ(concurrency.window(), 1U);
}

TEST(Concurrency, GrowsByOneAWindowAfterPressure) {
  Concurrency concurrency{32};
  milliseconds now = answer_a_window(concurrency, answer_a_window(concurrency, milliseconds{0}));
  now = answer_a_window(concurrency, now, Load::pressed);
  ASSERT_EQ(concurrency.window(), 16U);
  now = answer_a_window(concurrency, now);
  now = answer_a_window(concurrency, now);
  EXPECT_GE(concurrency.window(), 17U);
  EXPECT_LE(concurrency.window(), 18U);
}

TEST(Concurrency, GivesWayWhenAnswersTakeMuchLonger) {
  Concurrency concurrency{32};
  milliseconds now{0};
  for (int round = 0; round < 10; ++round) {
    now = answer_a_window(concurrency, now);
  }
  ASSERT_EQ(concurrency.window(), 32U);
  now = answer_a_window(concurrency, now, Load::accepted, milliseconds{400});
  EXPECT_LT(concurrency.window(), 32U);
  EXPECT_GE(concurrency.window(), 28U);
}

TEST(Concurrency, TakesASchedulersNoiseForNoLoad) {
  Concurrency concurrency{32};
  milliseconds now{0};
  for (int round = 0; round < 40; ++round) {
    now = answer_a_window(concurrency, now, Load::accepted, milliseconds{1 + round % 9});
  }
  EXPECT_EQ(concurrency.window(), 32U);
}

TEST(Concurrency, BeginsWithOneAfterAnOutage) {
  Concurrency concurrency{32};
  milliseconds now = answer_a_window(concurrency, milliseconds{0});
  concurrency.restart();
  EXPECT_EQ(concurrency.window(), 1U);
  now = answer_a_window(concurrency, now);
  EXPECT_EQ(concurrency.window(), 2U);
  now = answer_a_window(concurrency, now);
  EXPECT_EQ(concurrency.window(), 4U);
}

TEST(Concurrency, ObeysANewMaximum) {
  Concurrency concurrency{32};
  milliseconds now = answer_a_window(concurrency, answer_a_window(concurrency, milliseconds{0}));
  concurrency.set_maximum(4);
  EXPECT_EQ(concurrency.window(), 4U);
  concurrency.set_maximum(0);
  EXPECT_EQ(concurrency.window(), 1U);
  now = answer_a_window(concurrency, now);
  EXPECT_EQ(concurrency.window(), 1U);
}

}  // namespace
}  // namespace rfi::policy
