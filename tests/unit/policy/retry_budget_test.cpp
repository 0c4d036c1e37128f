#include "rfi/policy/retry_budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace rfi::policy {
namespace {

using std::chrono::milliseconds;
using Result = RetryBudget::Result;

TEST(RetryBudget, HoldsNothingBackWhileTheApiAnswers) {
  RetryBudget budget;
  for (int i = 0; i < 1000; ++i) {
    budget.sent_retry();
    budget.ended(Result::answered);
    EXPECT_EQ(budget.available(milliseconds{0}), RetryBudget::kUnlimited);
  }
}

TEST(RetryBudget, KeepsRetriesToATenthOfTheFirstSendsWhileTheApiFails) {
  RetryBudget budget;
  constexpr int kFirstSends = 2000;
  std::size_t retries = 0;
  for (int i = 0; i < kFirstSends; ++i) {
    budget.sent_first();
    budget.ended(i % 2 == 0 ? Result::failed : Result::answered);
    for (std::size_t left = budget.available(milliseconds{0}); i > 20 && left > 0; --left) {
      budget.sent_retry();
      ++retries;
    }
  }
  EXPECT_TRUE(budget.is_failing());
  EXPECT_LE(retries, kFirstSends / 10 + 10);
  EXPECT_GE(retries, kFirstSends / 10 - 10);
}

TEST(RetryBudget, LetsOneThroughEachSecondWhenThereIsNothingButRetries) {
  RetryBudget budget;
  for (int i = 0; i < 50; ++i) {
    budget.ended(Result::failed);
  }
  std::size_t retries = 0;
  for (milliseconds now{0}; now < milliseconds{60'000}; now += milliseconds{100}) {
    for (std::size_t left = budget.available(now); left > 0; --left) {
      budget.sent_retry();
      ++retries;
    }
  }
  EXPECT_GE(retries, 59U);
  EXPECT_LE(retries, 70U);
}

TEST(RetryBudget, LetsGoOnceTheApiAnswersAgain) {
  RetryBudget budget;
  for (int i = 0; i < 50; ++i) {
    budget.ended(Result::failed);
  }
  EXPECT_TRUE(budget.is_failing());
  int answers = 0;
  while (budget.is_failing()) {
    budget.ended(Result::answered);
    ++answers;
  }
  EXPECT_LE(answers, 25);
}

}  // namespace
}  // namespace rfi::policy
