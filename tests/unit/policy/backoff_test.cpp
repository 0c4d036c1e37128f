#include "rfi/policy/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

namespace rfi::policy {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr BackoffSettings kDefaults{};
constexpr double kAlmostOne = 0.999999999999;

/// min(max_delay, initial_delay x 2^(tries-1)), reckoned in another way than the code under test.
milliseconds ceiling_of(const BackoffSettings& settings, std::int64_t tries) {
  const double doubled = static_cast<double>(settings.initial_delay.count()) *
                         std::exp2(static_cast<double>(std::min<std::int64_t>(tries, 200) - 1));
  const auto longest = static_cast<double>(settings.max_delay.count());
  return milliseconds{static_cast<std::int64_t>(std::min(doubled, longest))};
}

TEST(BackoffDelay, StaysBetweenHalfAndTheWholeOfItsCeiling) {
  std::mt19937_64 engine{7};  // NOLINT(cert-msc*): the same draws every time
  std::uniform_real_distribution<double> unit{0.0, 1.0};
  for (const BackoffSettings& settings : {kDefaults,
                                          BackoffSettings{milliseconds{1}, milliseconds{1}},
                                          BackoffSettings{milliseconds{1}, milliseconds{7}},
                                          BackoffSettings{milliseconds{333}, milliseconds{1001}},
                                          BackoffSettings{minutes{20}, minutes{15}}}) {
    for (std::int64_t tries = 1; tries <= 40; ++tries) {
      const milliseconds ceiling = ceiling_of(settings, tries);
      for (int draw = 0; draw < 200; ++draw) {
        const milliseconds delay = backoff_delay(settings, tries, std::nullopt, unit(engine));
        ASSERT_GE(2 * delay, ceiling) << tries;
        ASSERT_LE(delay, ceiling) << tries;
      }
    }
  }
}

TEST(BackoffDelay, ReachesBothEndsOfItsRange) {
  EXPECT_EQ(backoff_delay(kDefaults, 1, std::nullopt, 0.0), milliseconds{500});
  EXPECT_EQ(backoff_delay(kDefaults, 1, std::nullopt, kAlmostOne), milliseconds{1000});
  EXPECT_EQ(backoff_delay(kDefaults, 4, std::nullopt, 0.0), milliseconds{4000});
  EXPECT_EQ(backoff_delay(kDefaults, 4, std::nullopt, kAlmostOne), milliseconds{8000});
}

TEST(BackoffDelay, DoublesUpToItsLongest) {
  EXPECT_EQ(backoff_delay(kDefaults, 10, std::nullopt, 0.0), milliseconds{256'000});
  EXPECT_EQ(backoff_delay(kDefaults, 11, std::nullopt, 0.0), seconds{450});
  EXPECT_EQ(backoff_delay(kDefaults, 12, std::nullopt, 0.0), seconds{450});
}

TEST(BackoffDelay, DoesNotOverflowAfterAMillionTries) {
  const BackoffSettings longest{milliseconds{1},
                                milliseconds{std::numeric_limits<std::int64_t>::max() / 4}};
  for (const BackoffSettings& settings : {kDefaults, longest}) {
    const milliseconds delay = backoff_delay(settings, 1'000'000, std::nullopt, kAlmostOne);
    EXPECT_GT(delay, milliseconds{0});
    EXPECT_LE(delay, settings.max_delay);
    EXPECT_GE(delay, settings.max_delay / 2);
  }
}

TEST(BackoffDelay, EndsAtOnceForAnInitialDelayOfNothing) {
  const BackoffSettings none{milliseconds{0}, minutes{15}};
  EXPECT_EQ(backoff_delay(none, std::numeric_limits<std::int64_t>::max(), std::nullopt, 0.5),
            milliseconds{0});
}

TEST(BackoffDelay, NeverUndercutsTheFloorAndSpreadsAboveIt) {
  std::mt19937_64 engine{11};  // NOLINT(cert-msc*): the same draws every time
  std::uniform_real_distribution<double> unit{0.0, 1.0};
  for (const milliseconds floor : {milliseconds{0},
                                   milliseconds{400},
                                   milliseconds{1000},
                                   milliseconds{60'000},
                                   milliseconds{hours{24}}}) {
    milliseconds shortest = milliseconds::max();
    milliseconds longest{0};
    for (int draw = 0; draw < 1000; ++draw) {
      const milliseconds delay = backoff_delay(kDefaults, 3, floor, unit(engine));
      ASSERT_GE(delay, floor);
      ASSERT_GE(delay, milliseconds{2000});
      shortest = std::min(shortest, delay);
      longest = std::max(longest, delay);
    }
    EXPECT_GT(longest - shortest, milliseconds{1500}) << floor.count();
  }
}

TEST(BackoffDelay, IgnoresAFloorBelowNothing) {
  EXPECT_EQ(backoff_delay(kDefaults, 1, milliseconds{-5000}, 0.0), milliseconds{500});
}

}  // namespace
}  // namespace rfi::policy
