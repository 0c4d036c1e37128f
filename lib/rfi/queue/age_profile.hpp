// How long the rows that wait have been waiting, in the buckets of Postfix's qshape: 5 minutes and
// its doublings.
#pragma once

#include "rfi/policy/utc_time.hpp"
#include "rfi/queue/sqlite.hpp"

#include <array>
#include <chrono>
#include <cstdint>

namespace rfi::queue {

/// A row is in the first bucket whose limit its age does not reach; the last has no limit.
inline constexpr std::array<std::chrono::minutes, 9> kAgeLimits{
    std::chrono::minutes{5},
    std::chrono::minutes{10},
    std::chrono::minutes{20},
    std::chrono::minutes{40},
    std::chrono::minutes{80},
    std::chrono::minutes{160},
    std::chrono::minutes{320},
    std::chrono::minutes{640},
    std::chrono::minutes{1280},
};

struct AgeProfile {
  using Buckets = std::array<std::int64_t, kAgeLimits.size() + 1>;
  Buckets in_line{};
  Buckets waiting_for_time{};
  Buckets waiting_for_customer{};
  Buckets submitting{};
};

/// Reads indexes alone, in chunks. A row's age is that of its place in the order of arrival, so a
/// row whose producer set its `created_at` back counts as its neighbours do. Throws SqliteError.
[[nodiscard]] AgeProfile read_age_profile(const Database& database, policy::UtcTime now);

}  // namespace rfi::queue
