// What an operator does to rows: retry and cancel. Triggers do not run on these connections, so
// each change names the states it may start from.
#pragma once

#include "rfi/policy/utc_time.hpp"
#include "rfi/policy/vocabulary.hpp"
#include "rfi/queue/lookup.hpp"
#include "rfi/queue/row_filter.hpp"
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

/// What is done to a set of rows.
enum class Change { retry, cancel };

/// What `change` would do to this row.
[[nodiscard]] Operated judge(Change change, const RfiRow& row, policy::UtcTime now);

/// The rows of a set, in transactions of kRowsPerTransaction. Each is read again under the lock:
/// one that does not match any more is left out of the results.
[[nodiscard]] std::vector<Operation> change_rows(const Database& database,
                                                 Change change,
                                                 std::span<const RfiRow> rows,
                                                 const RowFilter& filter,
                                                 policy::UtcTime now);

}  // namespace rfi::queue
