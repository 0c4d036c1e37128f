#include "rfi/policy/durations.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace rfi::policy {
namespace {

// A power of two is cut into eight buckets; the first sixteen numbers have one each.
constexpr int kBits = 3;
constexpr std::uint64_t kExact = std::uint64_t{1} << (kBits + 1);

std::size_t bucket_of(std::uint64_t value) {
  if (value < kExact) {
    return static_cast<std::size_t>(value);
  }
  const int shift = std::bit_width(value) - kBits - 1;
  return (static_cast<std::size_t>(shift) << kBits) + static_cast<std::size_t>(value >> shift);
}

/// The largest value in it.
std::uint64_t end_of(std::size_t bucket) {
  if (bucket < kExact) {
    return bucket;
  }
  const std::size_t shift = (bucket >> kBits) - 1;
  const std::uint64_t top = bucket - (shift << kBits);
  return ((top + 1) << shift) - 1;
}

}  // namespace

void Durations::add(std::chrono::milliseconds duration) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  ++buckets_.at(std::min(bucket_of(value), buckets_.size() - 1));
  ++count_;
}

std::optional<std::chrono::milliseconds> Durations::quantile(double share) const {
  if (count_ == 0) {
    return std::nullopt;
  }
  const auto wanted = std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))), 1, count_);
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while ((seen += buckets_.at(bucket)) < wanted) {
    ++bucket;
  }
  return std::chrono::milliseconds{static_cast<std::int64_t>(end_of(bucket))};
}

}  // namespace rfi::policy
