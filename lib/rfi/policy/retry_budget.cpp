#include "rfi/policy/retry_budget.hpp"

#include <algorithm>

namespace rfi::policy {
namespace {

constexpr double kPerFirstSend = 0.1;
constexpr double kPerSecond = 1.0;
/// What may gather in better times: ten seconds' worth of the trickle.
constexpr double kMostTokens = 10.0;
constexpr double kWeight = 0.1;
constexpr double kFailingAbove = 0.1;

}  // namespace

RetryBudget::RetryBudget() : tokens_(kMostTokens) {}

void RetryBudget::sent_first() {
  tokens_ = std::min(kMostTokens, tokens_ + kPerFirstSend);
}

void RetryBudget::sent_retry() {
  tokens_ = std::max(0.0, tokens_ - 1.0);
}

void RetryBudget::ended(Result result) {
  const double failed = result == Result::failed ? 1.0 : 0.0;
  failures_ += kWeight * (failed - failures_);
}

std::size_t RetryBudget::available(std::chrono::milliseconds now) {
  const std::chrono::duration<double> elapsed =
      std::max(now - refilled_at_, std::chrono::milliseconds{0});
  tokens_ = std::min(kMostTokens, tokens_ + kPerSecond * elapsed.count());
  refilled_at_ = now;
  return is_failing() ? static_cast<std::size_t>(tokens_) : kUnlimited;
}

bool RetryBudget::is_failing() const {
  return failures_ > kFailingAbove;
}

}  // namespace rfi::policy
