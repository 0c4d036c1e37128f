// Which rows are claimed next and what becomes of those met on the way. Pure: rows in, decisions
// out.
#pragma once

#include "rfi/queue/queue_port.hpp"
#include "rfi/queue/unfit_periods.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace rfi::queue {

/// A pending row without its documents.
struct LineRow {
  RfiId id{};
  std::string reference;
  std::string customer_id;
  std::int64_t priority = 0;
  std::optional<UtcTime> deadline;
  UtcTime due_at{};
  UtcTime waited_since{};  ///< latest of created_at, not_before and retried_at
  std::optional<UtcTime> retried_at;
  std::int64_t attempts = 0;
  std::string detail;  ///< of the last attempt, or empty
};

/// The order of the line: priority, then the nearest deadline, then arrival.
[[nodiscard]] bool goes_before(const LineRow& a, const LineRow& b);

/// Customers are the same whatever the case of their UUID.
[[nodiscard]] std::string customer_key(std::string_view customer_id);

enum class Verdict {
  claim,
  wait_for_time,
  wait_for_customer,
  wait_for_budget,
  expire,
  give_up,
  exhaust
};

struct Decision {
  LineRow row;
  Verdict verdict = Verdict::claim;
};

/// Retry limits that are judged before a row is claimed.
struct ClaimLimits {
  std::int64_t max_attempts = 20;
  std::chrono::milliseconds give_up_after = std::chrono::hours{72};
};

/// One claim in so many goes to the row that came first, whatever its priority: none starves.
inline constexpr std::uint64_t kAgeingSlots = 8;

struct PlanInput {
  std::span<const LineRow> line;  ///< in the order of the line
  std::span<const LineRow> aged;  ///< the same rows or others of the line, oldest first
  UtcTime now{};
  std::size_t claim_limit = 0;
  std::size_t retry_limit = 0;      ///< of the claims, how many may have been sent before
  std::uint64_t claims_before = 0;  ///< claims made so far: decides which slot ages
  /// The claim is a probe of an unfit destination: rows take turns, the one that has waited longest
  /// for its next try first. Else two rows that the API refuses whatever happens, at the head of
  /// the line, would be the only ones ever asked, and the destination would never be found fit.
  bool probing = false;
  ClaimLimits limits;
};

/// Walks the line until `claim_limit` rows are to be claimed or no row is left. Every row that was
/// met is in the result, once. `busy` are the keys of customers with an open row; claimed rows make
/// theirs busy.
[[nodiscard]] std::vector<Decision> plan_claims(const PlanInput& input,
                                                const UnfitPeriods& unfit,
                                                std::set<std::string> busy);

}  // namespace rfi::queue
