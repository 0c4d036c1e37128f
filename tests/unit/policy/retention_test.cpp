#include "rfi/policy/retention.hpp"

#include <gtest/gtest.h>

namespace rfi::policy {
namespace {

using namespace std::chrono_literals;

const UtcTime kNow = utc_from_unix_ms(1'800'000'000'000);
const RetentionPeriods kShipped{.documents = 30 * 24h, .rows = std::nullopt};

TEST(RetentionCutoffs, AreAPeriodAgoOrNever) {
  EXPECT_EQ(cutoffs({}, kNow), RetentionCutoffs{});
  EXPECT_EQ(cutoffs({.documents = 1h, .rows = 2h}, kNow),
            (RetentionCutoffs{.documents = kNow - 1h, .rows = kNow - 2h}));
}

TEST(RetentionRound, NeverComesWhenAllIsKeptForEver) {
  EXPECT_EQ(next_round({}, {.with_documents = kNow - 1h, .erased = {}}, kNow), std::nullopt);
}

TEST(RetentionRound, ComesWhenTheOldestRowIsOver) {
  struct Case {
    RetentionPeriods periods;
    OldestFinished oldest;
    std::chrono::milliseconds wait;
  };
  const Case cases[] = {
      // Nothing finished: what finishes from now on has its period before it.
      {{.documents = 10min, .rows = {}}, {}, 10min},
      {{.documents = 10min, .rows = {}}, {.with_documents = kNow - 4min, .erased = {}}, 6min},
      // Not every row by itself.
      {{.documents = 10min, .rows = {}}, {.with_documents = kNow - 10min, .erased = {}}, 6s},
      {{.documents = 10s, .rows = {}}, {.with_documents = kNow - 1h, .erased = {}}, 1s},
      // Rows go by the oldest of both kinds.
      {{.documents = {}, .rows = 20min},
       {.with_documents = kNow - 1min, .erased = kNow - 15min},
       5min},
      {{.documents = {}, .rows = 20min},
       {.with_documents = kNow - 12min, .erased = kNow - 1min},
       8min},
      {{.documents = 30min, .rows = 20min}, {.with_documents = kNow - 12min, .erased = {}}, 8min},
      // A look each hour, however far away it is.
      {kShipped, {}, 1h},
      {kShipped, {.with_documents = kNow - 40 * 24h, .erased = {}}, 1h},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(next_round(each.periods, each.oldest, kNow), each.wait);
  }
}

TEST(RetentionStepSize, FindsWhatTheDiskCanDoInItsTime) {
  // 1 ms a commit, 20 us a row: about 200 rows in 5 ms.
  const auto held = [](std::size_t rows) { return 1ms + rows * 20us; };
  StepSize size;
  for (int step = 0; step < 40; ++step) {
    EXPECT_LE(held(size.next()), 10ms);
    size.learn(size.next(), held(size.next()));
  }
  EXPECT_NEAR(static_cast<double>(size.next()), 200.0, 40.0);
  // Rows of a megabyte come: one at a time, at once.
  size.learn(size.next(), 900ms);
  EXPECT_EQ(size.next(), 1U);
  size.learn(1, 8ms);
  EXPECT_EQ(size.next(), 1U);
}

TEST(RetentionStepSize, TakesTwiceACommitWhereCommitsAreSlow) {
  const auto held = [](std::size_t rows) { return 30ms + rows * 200us; };
  StepSize size;
  for (int step = 0; step < 40; ++step) {
    EXPECT_LE(held(size.next()), 90ms);
    size.learn(size.next(), held(size.next()));
  }
  EXPECT_NEAR(static_cast<double>(size.next()), 150.0, 40.0);
}

TEST(RetentionStepSize, GrowsWithCareAndHasALimit) {
  StepSize size;
  const auto first = size.next();
  size.learn(first, 1us);
  EXPECT_EQ(size.next(), 2 * first);
  for (int step = 0; step < 20; ++step) {
    size.learn(size.next(), 0us);
  }
  EXPECT_EQ(size.next(), StepSize::kMost);
  size.learn(0, 1h);
  EXPECT_EQ(size.next(), StepSize::kMost);
}

TEST(RetentionPause, StepsAsideForTraffic) {
  EXPECT_GE(pause_after_step(4ms, Traffic::busy), 10 * 4ms);
  EXPECT_EQ(pause_after_step(4ms, Traffic::idle), 4ms);
  EXPECT_EQ(pause_after_step(0ms, Traffic::idle), 1ms);
  EXPECT_EQ(pause_after_step(1s, Traffic::idle), 50ms);
}

}  // namespace
}  // namespace rfi::policy
