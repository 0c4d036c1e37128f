#include "rfi/policy/deadlines_at_risk.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace rfi::policy {
namespace {

using std::chrono::milliseconds;

constexpr double kMillisecondsPerSecond = 1000.0;
// Beyond a thousand years it does not matter any more, and it must not overflow.
constexpr double kLongest = 1000.0 * 365 * 24 * 3600 * kMillisecondsPerSecond;
constexpr int kLooksUntilOver = 3;

/// How long it takes until so many rows are finished.
milliseconds time_for(std::uint64_t rows, const Headway& headway, std::uint64_t ageing_slots) {
  double rate = headway.rate;
  if (ageing_slots > 0) {
    rate *= static_cast<double>(ageing_slots - 1) / static_cast<double>(ageing_slots);
  }
  const double time = static_cast<double>(rows) / std::max(rate, 1e-9) * kMillisecondsPerSecond;
  return milliseconds{static_cast<std::int64_t>(std::min(time, kLongest))};
}

UtcTime begins_at(const Headway& headway) {
  return headway.now + headway.standstill;
}

}  // namespace

DeadlinesAtRisk deadlines_at_risk(std::vector<DeadlineRow> rows,
                                  const RowsBefore& before,
                                  const Headway& headway,
                                  std::uint64_t ageing_slots) {
  std::ranges::sort(rows, [](const DeadlineRow& a, const DeadlineRow& b) {
    return std::tuple(b.priority, a.deadline) < std::tuple(a.priority, b.deadline);
  });
  DeadlinesAtRisk found;
  std::uint64_t turn = 0;  // rows that go before this one
  std::optional<std::int64_t> priority;
  for (DeadlineRow& row : rows) {
    if (std::exchange(priority, row.priority) != row.priority) {
      const auto higher = before.find(row.priority);
      turn = higher == before.end() ? 0 : higher->second;
    }
    const UtcTime sent_at =
        std::max(begins_at(headway) + time_for(turn, headway, ageing_slots), row.due_at);
    const UtcTime expected_at = sent_at + headway.per_row;
    turn += row.due_at <= headway.now ? 1U : 0U;
    if (expected_at <= row.deadline) {
      continue;
    }
    ++found.count;
    if (!found.nearest || row.deadline < found.nearest->deadline) {
      found.nearest = {std::move(row.reference), row.deadline, expected_at};
    }
  }
  return found;
}

UtcTime endangered_until(std::uint64_t backlog,
                         const Headway& headway,
                         std::uint64_t ageing_slots) {
  return begins_at(headway) + time_for(backlog, headway, ageing_slots) + headway.per_row;
}

RiskReports::Say RiskReports::look(std::size_t at_risk) {
  if (at_risk == 0) {
    if (said_ == 0 || ++looks_without_ < kLooksUntilOver) {
      return Say::nothing;
    }
    said_ = 0;
    looks_without_ = 0;
    return Say::over;
  }
  looks_without_ = 0;
  if (said_ != 0 && at_risk < 2 * said_) {
    return Say::nothing;
  }
  const Say say = said_ == 0 ? Say::begun : Say::grown;
  said_ = at_risk;
  return say;
}

}  // namespace rfi::policy
