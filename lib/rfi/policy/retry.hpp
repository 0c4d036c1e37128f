// From the verdict on an attempt to what becomes of the row.
#pragma once

#include "rfi/policy/backoff.hpp"
#include "rfi/policy/next_step.hpp"
#include "rfi/policy/outcome.hpp"
#include "rfi/policy/utc_time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace rfi::policy {

/// The longest pause between two probes of an unfit destination, and so the longest that a row is
/// kept back for what was not its fault.
inline constexpr std::chrono::milliseconds kLongestProbePause{60'000};

struct RetrySettings {
  BackoffSettings backoff;
  std::int64_t max_attempts = 20;
  std::chrono::milliseconds give_up_after{std::chrono::hours{72}};
};

/// What is known of the row and of the API when an attempt has ended.
struct AttemptContext {
  UtcTime now{};
  UtcTime waited_since{};  ///< latest of created_at, not_before and the last operator retry
  std::optional<UtcTime> deadline;  ///< never sent later than this
  std::int64_t attempts = 1;        ///< that count, this one included
  std::int64_t tries = 1;           ///< all since the last operator retry, this one included
  std::int64_t rejections = 0;      ///< earlier `rejected` answers since the last operator retry
  bool resent = false;              ///< this was the re-send after a 401
  bool destination_unfit = false;   ///< nothing that happens now is the row's fault
  bool recent_success = false;      ///< some request of ours has succeeded within the last hour
  std::optional<RetryAfter> retry_after;
  double unit_random = 0.0;  ///< in [0, 1)
};

/// Whether `outcome` uses up one of the row's attempts. What says nothing about the row does not.
[[nodiscard]] bool costs_an_attempt(Outcome outcome);

/// The next step of the row. `detail` goes into the row. An answer that blames the row or the way
/// to the API alike (403, 404, ..., a redirect) condemns the row only while other requests succeed,
/// or at the third such answer. While the destination is unfit nothing but the deadline ends a row,
/// and it waits no longer than the longest pause between two probes.
[[nodiscard]] NextStep next_step(const RetrySettings& settings,
                                 const Verdict& verdict,
                                 const AttemptContext& context,
                                 std::string detail);

}  // namespace rfi::policy
