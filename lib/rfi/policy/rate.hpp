// submission.rate_limit as a token bucket.
#pragma once

#include <chrono>
#include <optional>

namespace rfi::policy {

/// Lets through `per_second` requests on average and at most one second's worth at once. Time is
/// handed in: any monotonic duration since a fixed start. A rate of 0 lets everything through.
class RateLimit {
 public:
  explicit RateLimit(double per_second);

  /// Takes one token if there is one; otherwise says how long to wait for it.
  [[nodiscard]] std::optional<std::chrono::milliseconds> take(std::chrono::milliseconds now);

  /// For a request that cannot wait because it belongs to one under way: what it takes is missing
  /// to the next.
  void spend() { tokens_ -= 1.0; }

 private:
  double per_second_;
  double tokens_;
  std::chrono::milliseconds refilled_at_{0};
};

}  // namespace rfi::policy
