// Takes away what is over: documents of finished rows, then the rows themselves, then the free
// pages. Each step is one short transaction. After it nothing of what was erased is left in the
// file, and after the last one nothing in its journal either. What is over, and how large a step
// is, is decided in policy/retention.hpp.
#pragma once

#include "rfi/policy/retention.hpp"
#include "rfi/queue/sqlite.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rfi::queue {

using policy::UtcTime;

/// Rows of a step together hold at most so much, unless it is a single row.
inline constexpr std::int64_t kMostBytesPerStep = std::int64_t{256} * 1024;

struct RetentionStep {
  std::size_t erased = 0;   ///< rows whose documents were erased
  std::size_t deleted = 0;  ///< rows deleted with their attempts
  bool more = false;        ///< there may be more to do
  /// Somebody has altered the schema: nothing was changed.
  bool schema_altered = false;
  /// How long the write lock was held.
  std::chrono::steady_clock::duration held{0};

  [[nodiscard]] std::size_t rows() const { return erased + deleted; }
};

/// Erases and deletes at most `rows` rows that are over, the oldest first. An erased row keeps all
/// but its documents (`{}` afterwards) and the paths and addresses of its uploads; a deleted one is
/// taken out of the tally. Throws SqliteError; then nothing, or after an I/O error perhaps all of
/// it, was done. Writes nothing when nothing is over.
[[nodiscard]] RetentionStep take_over_rows(const Database& database,
                                           const policy::RetentionCutoffs& cutoffs,
                                           UtcTime now,
                                           std::size_t rows);

/// By an index each; no read of the table.
[[nodiscard]] policy::OldestFinished oldest_finished(const Database& database);

/// The live and the finished rows of one customer, found by reading through the table.
struct CustomerRows {
  std::vector<std::int64_t> finished;  ///< submitted, failed or cancelled, not erased for good yet
  std::vector<std::string> live;       ///< references of those that are pending or submitting
  std::int64_t last_id = 0;            ///< where the next read begins
  bool at_end = false;
};

/// Adds what the next `ids` ids hold to `found`. A read of a few milliseconds.
void find_rows_of_customer(const Database& database,
                           const std::string& customer_id,
                           std::int64_t ids,
                           CustomerRows& found);

/// Erases these rows, of which those that are not finished any more are left alone: documents and
/// uploads as above, and `requested` too, which may hold a reason in free text and the ids of
/// persons. At most `rows` of them; `from` is moved behind the last one.
[[nodiscard]] RetentionStep erase_for_good(const Database& database,
                                           const std::vector<std::int64_t>& ids,
                                           std::size_t& from,
                                           UtcTime now,
                                           std::size_t rows);

/// What is free in the file, in bytes.
struct FreeSpace {
  std::int64_t pages = 0;
  std::int64_t free_pages = 0;
  std::int64_t page_size = 0;
  bool can_shrink = false;  ///< the file was made so that free pages can be given back
};
[[nodiscard]] FreeSpace free_space(const Database& database);

/// Gives at most `pages` free pages back to the file system, in one transaction.
[[nodiscard]] std::chrono::steady_clock::duration give_back(const Database& database,
                                                            std::size_t pages);

/// Empties the WAL, if there is one, once no reader needs it: it holds pages as they were before.
void forget_wal(const Database& database);

}  // namespace rfi::queue
