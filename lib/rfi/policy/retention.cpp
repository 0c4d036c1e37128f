#include "rfi/policy/retention.hpp"

#include <algorithm>

namespace rfi::policy {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortestSpacing = std::chrono::seconds{1};
constexpr milliseconds kLongestWait = std::chrono::hours{1};
constexpr int kSpacingShare = 100;

constexpr std::size_t kAlmostNothing = 2;
constexpr int kBusyPauses = 24;
constexpr milliseconds kShortestPause{1};
constexpr milliseconds kLongestIdlePause{50};

std::optional<UtcTime> before(UtcTime now, const std::optional<milliseconds>& period) {
  return period ? std::optional(now - *period) : std::nullopt;
}

/// From now until the oldest row is over; rows that finish from now on are not before a period.
milliseconds wait_for(milliseconds period, const std::optional<UtcTime>& oldest, UtcTime now) {
  const milliseconds spacing = std::clamp(period / kSpacingShare, kShortestSpacing, kLongestWait);
  const UtcTime due = oldest.value_or(now) + period;
  return std::clamp(std::max(due - now, spacing), kShortestSpacing, kLongestWait);
}

std::optional<UtcTime> earlier(const std::optional<UtcTime>& one,
                               const std::optional<UtcTime>& other) {
  if (one && other) {
    return std::min(*one, *other);
  }
  return one ? one : other;
}

}  // namespace

RetentionCutoffs cutoffs(const RetentionPeriods& periods, UtcTime now) {
  return {before(now, periods.documents), before(now, periods.rows)};
}

std::optional<milliseconds> next_round(const RetentionPeriods& periods,
                                       const OldestFinished& oldest,
                                       UtcTime now) {
  std::optional<milliseconds> wait;
  if (periods.documents) {
    wait = wait_for(*periods.documents, oldest.with_documents, now);
  }
  if (periods.rows) {
    const auto rows = wait_for(*periods.rows, earlier(oldest.with_documents, oldest.erased), now);
    wait = std::min(rows, wait.value_or(rows));
  }
  return wait;
}

void StepSize::learn(std::size_t count, Duration held) {
  if (count == 0) {
    return;
  }
  const double taken = std::chrono::duration<double>(held).count();
  if (commit_ == 0 || taken < commit_) {
    commit_ = taken;
  } else if (count <= kAlmostNothing) {
    commit_ = (commit_ + taken) / 2;  // the disk has become slower
  }
  const double target = std::max(std::chrono::duration<double>(kTarget).count(), 2 * commit_);
  const double a_row = std::max(taken - commit_, 1e-9) / static_cast<double>(count);
  // Upwards with care: the next rows may be larger than those that were measured.
  const double next = std::min((target - commit_) / a_row, 2.0 * static_cast<double>(next_));
  next_ = static_cast<std::size_t>(std::clamp(next, 1.0, static_cast<double>(kMost)));
}

std::chrono::steady_clock::duration pause_after_step(std::chrono::steady_clock::duration held,
                                                     Traffic traffic) {
  if (traffic == Traffic::busy) {
    return std::max<std::chrono::steady_clock::duration>(kBusyPauses * held, kShortestPause);
  }
  return std::clamp<std::chrono::steady_clock::duration>(held, kShortestPause, kLongestIdlePause);
}

}  // namespace rfi::policy
