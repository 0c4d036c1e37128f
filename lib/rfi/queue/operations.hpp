// What an operator does to rows: retry and cancel. Triggers do not run on these connections, so
// each change names the states it may start from.
#pragma once

#include "rfi/policy/utc_time.hpp"
#include "rfi/policy/vocabulary.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/queue/sqlite.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rfi::queue {

/// Whether a row was changed, or why it was left as it is.
enum class Operated {
  done,
  unknown_reference,
  wrong_state,       ///< the state it has is in Operation::state
  documents_erased,  ///< there is nothing left to send
  deadline_past
};

struct Operation {
  std::string reference;
  Operated result = Operated::done;
  /// The state the row was found in; absent for an unknown reference.
  std::optional<policy::RfiState> state;
  bool operator==(const Operation&) const = default;
};

/// Rows changed in one transaction: few enough that a running daemon hardly waits.
inline constexpr std::size_t kRowsPerTransaction = 32;

/// Back to pending: `failed` and `cancelled` rows whose documents are there and whose deadline is
/// ahead. Attempts count from 0; their numbers go on. One result per reference, in their order; the
/// refused ones change nothing. Throws SqliteError; transactions committed before that stay.
[[nodiscard]] std::vector<Operation> retry(const Database& database,
                                           std::span<const std::string> references,
                                           policy::UtcTime now);

/// pending -> cancelled. Otherwise like retry().
[[nodiscard]] std::vector<Operation> cancel(const Database& database,
                                            std::span<const std::string> references,
                                            policy::UtcTime now);

/// Goes once through all failed rows, in the order of arrival. Rows that fail again meanwhile are
/// not met twice.
class RetryFailed {
 public:
  /// `failure` absent: whatever the failure.
  RetryFailed(const Database& database, std::optional<policy::Failure> failure);

  /// Looks at the next rows and retries those that may be, in a transaction of its own.
  /// The failed rows met are in the result, which may be empty before the end.
  [[nodiscard]] std::vector<Operation> next(policy::UtcTime now);
  [[nodiscard]] bool at_end() const { return at_end_; }

 private:
  const Database& database_;
  std::optional<policy::Failure> failure_;
  Statement scan_;
  RfiId last_{};
  bool at_end_ = false;
};

}  // namespace rfi::queue
