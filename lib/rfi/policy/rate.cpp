#include "rfi/policy/rate.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace rfi::policy {

RateLimit::RateLimit(double per_second)
    : per_second_(per_second), tokens_(std::max(1.0, per_second)) {}

std::optional<std::chrono::milliseconds> RateLimit::take(std::chrono::milliseconds now) {
  if (per_second_ <= 0.0) {
    return std::nullopt;
  }
  const auto elapsed = std::max(now - refilled_at_, std::chrono::milliseconds{0});
  const double burst = std::max(1.0, per_second_);
  tokens_ = std::min(burst, tokens_ + per_second_ * static_cast<double>(elapsed.count()) / 1000.0);
  refilled_at_ = now;
  if (tokens_ >= 1.0) {
    tokens_ -= 1.0;
    return std::nullopt;
  }
  const double missing_seconds = (1.0 - tokens_) / per_second_;
  return std::chrono::milliseconds{static_cast<std::int64_t>(std::ceil(missing_seconds * 1000.0))};
}

}  // namespace rfi::policy
