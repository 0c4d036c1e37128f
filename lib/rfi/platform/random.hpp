// Chance as the shell draws it: jitter and names that must differ. Nothing here makes keys or
// tokens.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace rfi::platform {

/// Source of random numbers. Not thread-safe: one owner, one thread.
class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  Random(Random&&) = delete;
  Random& operator=(Random&&) = delete;
  virtual ~Random() = default;

  /// Uniform in [0, 1).
  [[nodiscard]] virtual double unit() = 0;

  /// A version 4 UUID in lower case.
  [[nodiscard]] virtual std::string uuid() = 0;
};

/// The same seed gives the same sequence on every machine. For tests and simulations.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

  [[nodiscard]] double unit() override;
  [[nodiscard]] std::string uuid() override;

 private:
  std::mt19937_64 engine_;
};

/// Seeded from the kernel; its UUIDs are drawn from the kernel, so that two daemons never share
/// one.
class SystemRandom final : public Random {
 public:
  /// Throws std::system_error when the kernel gives no random bytes.
  SystemRandom();

  [[nodiscard]] double unit() override;
  [[nodiscard]] std::string uuid() override;

 private:
  std::mt19937_64 engine_;
};

}  // namespace rfi::platform
