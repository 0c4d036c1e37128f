#include "rfi/queue/age_profile.hpp"

#include "rfi/queue/live_walk.hpp"

#include <algorithm>
#include <limits>

namespace rfi::queue {
namespace {

constexpr std::size_t kEntriesPerRead = 4096;
constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();

/// The first id that was queued at or after `time`; kNone if there is none.
std::int64_t first_queued_since(const Database& database, policy::UtcTime time) {
  Statement next(database, "SELECT id, created_at FROM rfi WHERE id >= ?1 ORDER BY id LIMIT 1");
  std::int64_t low = 0;
  std::int64_t high = database.integer_of("SELECT max(id) FROM rfi").value_or(0) + 1;
  std::int64_t found = kNone;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    auto rows = next.query(middle);
    if (!rows.next()) {
      high = middle;
    } else if (policy::utc_from_unix_ms(rows.integer(1)) >= time) {
      found = rows.integer(0);
      high = middle;
    } else {
      low = rows.integer(0) + 1;
    }
  }
  return found;
}

using FirstIds = std::array<std::int64_t, kAgeLimits.size()>;

AgeProfile::Buckets count(const Database& database, LiveSlice slice, const FirstIds& first) {
  AgeProfile::Buckets buckets{};
  LiveWalk walk(database, slice);
  for (;;) {
    const auto rows = walk.next(kEntriesPerRead);
    for (const LiveRow& row : rows) {
      const auto id = static_cast<std::int64_t>(row.id);
      const auto* bucket =
          std::ranges::find_if(first, [id](std::int64_t since) { return id >= since; });
      ++buckets.at(static_cast<std::size_t>(bucket - first.begin()));
    }
    if (rows.size() < kEntriesPerRead) {
      return buckets;
    }
  }
}

}  // namespace

AgeProfile read_age_profile(const Database& database, policy::UtcTime now) {
  FirstIds first{};
  std::ranges::transform(kAgeLimits, first.begin(), [&database, now](std::chrono::minutes limit) {
    return first_queued_since(database, now - limit);
  });
  return {.in_line = count(database, LiveSlice::in_line, first),
          .waiting_for_time = count(database, LiveSlice::waiting_for_time, first),
          .waiting_for_customer = count(database, LiveSlice::waiting_for_customer, first),
          .submitting = count(database, LiveSlice::submitting, first)};
}

}  // namespace rfi::queue
