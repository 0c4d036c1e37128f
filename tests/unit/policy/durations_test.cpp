#include "rfi/policy/durations.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace rfi::policy {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(Durations, SayNothingWithoutAny) {
  EXPECT_FALSE(Durations{}.quantile(0.5).has_value());
}

TEST(Durations, AreAtMostAnEighthTooLong) {
  for (std::int64_t value = 0; value < 100'000'000; value += 1 + value / 7) {
    Durations one;
    one.add(milliseconds{value});
    const auto said = one.quantile(0.5)->count();
    EXPECT_GE(said, value);
    EXPECT_LE(said, value + value / 8) << value;
  }
}

TEST(Durations, QuantileIsWhatThatShareDidNotExceed) {
  Durations many;
  for (int i = 0; i < 98; ++i) {
    many.add(milliseconds{10});
  }
  many.add(milliseconds{1'000});
  many.add(milliseconds{5'000});
  EXPECT_EQ(many.quantile(0.5), milliseconds{10});
  EXPECT_EQ(many.quantile(0.98), milliseconds{10});
  EXPECT_NEAR(static_cast<double>(many.quantile(0.99)->count()), 1'000, 125);
  EXPECT_NEAR(static_cast<double>(many.quantile(1.0)->count()), 5'000, 625);
  EXPECT_EQ(many.count(), 100U);
}

TEST(Durations, TakeWhatACounterMayHand) {
  Durations odd;
  odd.add(milliseconds{-3});
  EXPECT_EQ(odd.quantile(1.0), milliseconds{0});
  odd.add(hours{24 * 365});
  EXPECT_GT(*odd.quantile(1.0), hours{36});
}

}  // namespace
}  // namespace rfi::policy
