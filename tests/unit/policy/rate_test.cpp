#include "rfi/policy/rate.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace rfi::policy {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// How many get through between `from` and `until` when somebody asks every millisecond.
int let_through(RateLimit& rate, milliseconds from, milliseconds until) {
  int count = 0;
  for (milliseconds now = from; now < until; ++now) {
    while (!rate.take(now)) {
      ++count;
    }
  }
  return count;
}

TEST(RateLimit, LetsEverythingThroughWithoutARate) {
  RateLimit none{0.0};
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_FALSE(none.take(milliseconds{0}).has_value());
  }
}

TEST(RateLimit, LetsThroughItsRateOnAverageAndOneSecondsWorthAtOnce) {
  for (const double per_second : {1.0, 2.5, 10.0, 333.0}) {
    RateLimit rate{per_second};
    const int burst = let_through(rate, hours{1}, hours{1} + milliseconds{1});
    EXPECT_EQ(burst, static_cast<int>(per_second)) << per_second;
    const int later = let_through(rate, hours{1} + milliseconds{1}, hours{1} + seconds{100});
    EXPECT_NEAR(later, per_second * 100, 1.0 + per_second * 0.01) << per_second;
  }
}

TEST(RateLimit, DoesNotSaveUpMoreThanOneSecond) {
  RateLimit rate{5.0};
  (void)let_through(rate, milliseconds{0}, milliseconds{1});
  EXPECT_EQ(let_through(rate, hours{10}, hours{10} + milliseconds{1}), 5);
}

TEST(RateLimit, SaysHowLongToWait) {
  RateLimit rate{2.0};
  EXPECT_FALSE(rate.take(seconds{1}).has_value());
  EXPECT_FALSE(rate.take(seconds{1}).has_value());
  const auto wait = rate.take(seconds{1});
  ASSERT_TRUE(wait.has_value());
  EXPECT_EQ(*wait, milliseconds{500});
  EXPECT_TRUE(rate.take(seconds{1} + milliseconds{499}).has_value());
  EXPECT_FALSE(rate.take(seconds{1} + *wait).has_value());
}

TEST(RateLimit, KnowsRatesBelowOneASecond) {
  RateLimit rate{0.1};
  EXPECT_FALSE(rate.take(seconds{0}).has_value());
  EXPECT_EQ(rate.take(seconds{0}), milliseconds{10'000});
  EXPECT_TRUE(rate.take(milliseconds{9'900}).has_value());
  EXPECT_FALSE(rate.take(milliseconds{10'001}).has_value());
}

}  // namespace
}  // namespace rfi::policy
