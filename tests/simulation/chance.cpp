#include "simulation/chance.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace rfi::simulation {

std::uint64_t Chance::next() {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

std::size_t Chance::below(std::size_t limit) {
  return next() % limit;
}

std::int64_t Chance::between(std::int64_t first, std::int64_t last) {
  return first + static_cast<std::int64_t>(below(static_cast<std::size_t>(last - first) + 1));
}

double Chance::unit() {
  return static_cast<double>(next() >> 11U) * 0x1.0p-53;
}

std::chrono::milliseconds Chance::duration(std::chrono::milliseconds shortest,
                                           std::chrono::milliseconds longest) {
  const auto low = static_cast<double>(std::max<std::int64_t>(shortest.count(), 1));
  const auto high = static_cast<double>(std::max<std::int64_t>(longest.count(), 1));
  const double drawn = low * std::exp2(unit() * std::log2(high / low));
  return std::chrono::milliseconds{static_cast<std::int64_t>(drawn)};
}

std::string Chance::uuid() {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text{kForm};
  for (char& c : text) {
    if (c == 'x') {
      c = kDigits[below(kDigits.size())];
    }
  }
  return text;
}

}  // namespace rfi::simulation
