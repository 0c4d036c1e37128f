// Which rows are claimed next and what becomes of those met on the way. Pure: rows in, decisions
// out.
#pragma once

#include "rfi/queue/queue_port.hpp"
#include "rfi/queue/unfit_periods.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
  bool touched = true;  ///< false: the daemon has never had this row open, so it has no attempts
  std::string detail;   ///< of the last attempt, or empty
};

/// The order of the line: priority, then the nearest deadline, then arrival.
[[nodiscard]] bool goes_before(const LineRow& a, const LineRow& b);

/// Customers are the same whatever the case of their UUID.
[[nodiscard]] std::string customer_key(std::string_view customer_id);

/// Keys of customers.
using CustomerKeys = std::set<std::string, std::less<>>;

/// The customers with an open row: those of the last commit, and what has changed since. A view:
/// `settled` must outlive it and stay as it is.
class BusyCustomers {
 public:
  explicit BusyCustomers(const CustomerKeys& settled) : settled_(&settled) {}

  [[nodiscard]] bool contains(std::string_view key) const {
    return taken_.contains(key) || (settled_->contains(key) && !freed_.contains(key));
  }
  void take(std::string key) { taken_.insert(std::move(key)); }
  void free(std::string key) {
    if (const auto taken = taken_.find(key); taken != taken_.end()) {
      taken_.erase(taken);
    } else {
      freed_.insert(std::move(key));
    }
  }
  /// Makes the changes in `settled`, which is the set that this view was made of. Does not throw.
  void settle(CustomerKeys& settled) && {
    for (const std::string& key : freed_) {
      settled.erase(key);
    }
    settled.merge(taken_);
  }

 private:
  const CustomerKeys* settled_;
  CustomerKeys taken_;
  CustomerKeys freed_;
};

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
  std::span<LineRow> line;  ///< in the order of the line; rows that are met are moved away
  std::span<LineRow> aged;  ///< the same rows or others of the line, oldest first; as `line`
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
/// met is in the result, once. A row that is to be claimed makes its customer busy for the rest.
[[nodiscard]] std::vector<Decision> plan_claims(const PlanInput& input,
                                                const UnfitPeriods& unfit,
                                                const BusyCustomers& busy);

}  // namespace rfi::queue
