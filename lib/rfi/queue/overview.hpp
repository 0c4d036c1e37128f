// The queue in numbers: counts by state and failure, what is due, which deadlines come next.
// Counted in chunks, so that a running daemon is never kept from its commits.
#pragma once

#include "rfi/policy/utc_time.hpp"
#include "rfi/policy/vocabulary.hpp"
#include "rfi/queue/live_walk.hpp"
#include "rfi/queue/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rfi::queue {

struct Deadline {
  std::string reference;
  policy::UtcTime time{};
};

struct Overview {
  std::int64_t in_line = 0;               ///< pending, not waiting for anything but its turn
  std::int64_t waiting_for_time = 0;      ///< pending, `not_before` or backoff
  std::int64_t waiting_for_customer = 0;  ///< pending, another row of its customer goes first
  std::int64_t submitting = 0;
  std::int64_t submitted = 0;
  std::map<policy::Failure, std::int64_t> failed;
  std::int64_t cancelled = 0;
  /// Since when the row that waits longest could have been sent.
  std::optional<policy::UtcTime> oldest_due;
  std::optional<policy::UtcTime> next_due;     ///< the first time ahead at which a row falls due
  std::vector<Deadline> deadlines;             ///< of pending rows, the nearest first
  std::optional<policy::UtcTime> unfit_since;  ///< the destination is unfit, as the queue says

  [[nodiscard]] std::int64_t pending() const {
    return in_line + waiting_for_time + waiting_for_customer;
  }
  [[nodiscard]] std::int64_t failed_as(policy::Failure failure) const;
  [[nodiscard]] std::int64_t failed_in_all() const;
};

/// Reads an overview in pieces of a few milliseconds, each on its own: a thread that has more to do
/// than to count does that between them.
class OverviewReader {
 public:
  /// At most so many `deadlines` will be in it.
  explicit OverviewReader(policy::UtcTime now, std::size_t deadlines = 3)
      : now_(now), deadlines_(deadlines) {}

  /// Reads one piece; false once all is read. Throws SqliteError; then it may be called again.
  [[nodiscard]] bool read_on(const Database& database);

  /// What was read. Complete once read_on() has said so.
  [[nodiscard]] const Overview& overview() const { return overview_; }

 private:
  void read_slice(const Database& database);
  void read_heads(const Database& database);

  policy::UtcTime now_;
  std::size_t deadlines_;
  Overview overview_;
  std::size_t slice_ = 0;  ///< the one that is being counted; behind the last: heads
  std::optional<LiveWalk::Place> behind_;  ///< in that slice
};

/// Reads it with at most `deadlines` deadlines. Rows that change their state meanwhile may be
/// counted twice or not at all. Throws SqliteError.
[[nodiscard]] Overview read_overview(const Database& database,
                                     policy::UtcTime now,
                                     std::size_t deadlines = 3);

}  // namespace rfi::queue
