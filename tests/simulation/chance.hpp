// Chance from a seed: the same on every machine, and cheap.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace rfi::simulation {

/// SplitMix64 (Steele, Lea, Flood 2014). A stream of its own for each part of the world, so that
/// one part drawing more does not change what happens in another.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  [[nodiscard]] std::uint64_t next();
  /// In [0, limit); `limit` must not be 0.
  [[nodiscard]] std::size_t below(std::size_t limit);
  /// Both ends included.
  [[nodiscard]] std::int64_t between(std::int64_t first, std::int64_t last);
  [[nodiscard]] double unit();
  [[nodiscard]] bool with(double probability) { return unit() < probability; }
  /// Every order of magnitude between both is as likely as any other.
  [[nodiscard]] std::chrono::milliseconds duration(std::chrono::milliseconds shortest,
                                                   std::chrono::milliseconds longest);
  [[nodiscard]] std::string uuid();
  [[nodiscard]] Chance fork() { return Chance(next()); }

  template <class Range>
  [[nodiscard]] const auto& one_of(const Range& range) {
    return range[below(std::size(range))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace rfi::simulation
