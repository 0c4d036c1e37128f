#include "rfi/policy/backoff.hpp"

#include <algorithm>

namespace rfi::policy {

std::chrono::milliseconds backoff_delay(const BackoffSettings& settings,
                                        std::int64_t tries,
                                        std::optional<std::chrono::milliseconds> at_least,
                                        double unit_random) {
  using std::chrono::milliseconds;
  auto ceiling = std::min(settings.initial_delay, settings.max_delay);
  // Doubling step by step cannot overflow: it ends at max_delay (and nothing stays nothing).
  for (std::int64_t step = 1;
       step < tries && ceiling > milliseconds{0} && ceiling < settings.max_delay;
       ++step) {
    ceiling = ceiling > settings.max_delay / 2 ? settings.max_delay : ceiling * 2;
  }
  const milliseconds half = ceiling / 2;  // rounded down; the other half is the part that is fixed
  const milliseconds floor = std::max(ceiling - half, at_least.value_or(milliseconds{0}));
  const auto jitter =
      static_cast<std::int64_t>(unit_random * static_cast<double>(half.count() + 1));
  return floor + milliseconds{std::clamp<std::int64_t>(jitter, 0, half.count())};
}

}  // namespace rfi::policy
