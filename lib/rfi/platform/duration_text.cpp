#include "rfi/platform/duration_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

namespace rfi::platform {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr std::array<Unit, 5> kUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  // from_chars would take a minus sign.
  if (text.empty() || text.front() < '0' || text.front() > '9') {
    return std::nullopt;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) {
    return std::nullopt;
  }
  const std::string_view name(end, text.data() + text.size());
  const auto* const unit = std::ranges::find(kUnits, name, &Unit::name);
  if (unit == kUnits.end() ||
      number > std::numeric_limits<std::int64_t>::max() / unit->milliseconds) {
    return std::nullopt;
  }
  return std::chrono::milliseconds{number * unit->milliseconds};
}

std::string duration_text(std::chrono::milliseconds duration) {
  const std::int64_t count = duration.count();
  if (count == 0) {
    return "0s";
  }
  const auto* const unit = std::ranges::find_if(
      kUnits, [count](const Unit& candidate) { return count % candidate.milliseconds == 0; });
  return std::to_string(count / unit->milliseconds).append(unit->name);
}

}  // namespace rfi::platform
