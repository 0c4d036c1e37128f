// How many of the requests may be retries while the API is failing. Pure: times are handed in.
#pragma once

#include <chrono>
#include <cstddef>
#include <limits>

namespace rfi::policy {

/// A token bucket after Finagle's RetryBudget: a first send puts in a tenth of a token, a retry
/// takes a whole one, and one token a second comes by itself, so that a queue of nothing but
/// retries still moves. It holds back only while the API is failing, which is while more than a
/// tenth of the recent results (weighted with 0.1) were failures: below that, retries are under a
/// tenth anyway.
class RetryBudget {
 public:
  static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

  enum class Result { answered, failed };

  RetryBudget();

  void sent_first();
  void sent_retry();
  void ended(Result result);

  /// How many retries may be sent now; kUnlimited while the API is not failing. `now` is of a
  /// monotonic clock.
  [[nodiscard]] std::size_t available(std::chrono::milliseconds now);

  [[nodiscard]] bool is_failing() const;

 private:
  double tokens_;
  double failures_ = 0.0;
  std::chrono::milliseconds refilled_at_{0};
};

}  // namespace rfi::policy
