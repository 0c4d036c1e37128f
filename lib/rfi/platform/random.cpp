#include "rfi/platform/random.hpp"

#include <sys/random.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <span>
#include <string_view>
#include <system_error>

namespace rfi::platform {
namespace {

using UuidBytes = std::array<std::uint8_t, 16>;

// The upper 53 bits fill a double's mantissa exactly; std::uniform_real_distribution may differ
// between libraries.
double unit_from(std::uint64_t bits) {
  return static_cast<double>(bits >> 11U) * 0x1.0p-53;
}

std::string uuid_from(UuidBytes bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);  // version 4
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);  // RFC 9562 variant
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      text += '-';
    }
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 0x0FU];
  }
  return text;
}

UuidBytes bytes_of(std::uint64_t high, std::uint64_t low) {
  UuidBytes bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    const std::size_t shift = 56 - 8 * i;
    bytes[i] = static_cast<std::uint8_t>(high >> shift);
    bytes[i + 8] = static_cast<std::uint8_t>(low >> shift);
  }
  return bytes;
}

void fill_from_kernel(std::span<std::uint8_t> target) {
  while (!target.empty()) {
    const ssize_t count = ::getrandom(target.data(), target.size(), 0);
    if (count > 0) {
      target = target.subspan(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      throw std::system_error(
          errno, std::generic_category(), "cannot read random bytes from the kernel");
    }
  }
}

std::mt19937_64 engine_seeded_by_kernel() {
  std::array<std::uint8_t, 32> bytes{};
  fill_from_kernel(bytes);
  const auto words = std::bit_cast<std::array<std::uint32_t, 8>>(bytes);
  std::seed_seq seed(words.begin(), words.end());
  return std::mt19937_64(seed);
}

}  // namespace

double SeededRandom::unit() {
  return unit_from(engine_());
}

std::string SeededRandom::uuid() {
  const std::uint64_t high = engine_();
  const std::uint64_t low = engine_();
  return uuid_from(bytes_of(high, low));
}

SystemRandom::SystemRandom() : engine_(engine_seeded_by_kernel()) {}

double SystemRandom::unit() {
  return unit_from(engine_());
}

std::string SystemRandom::uuid() {
  UuidBytes bytes{};
  fill_from_kernel(bytes);
  return uuid_from(bytes);
}

}  // namespace rfi::platform
