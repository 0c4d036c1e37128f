// Walks over the rows of one live state in chunks, each by a partial index: no read stays open
// between two chunks, and history costs nothing.
#pragma once

#include "rfi/policy/utc_time.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/queue/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rfi::queue {

/// The parts a live state falls into; each has an index of its own.
enum class LiveSlice {
  in_line,               ///< pending, to be looked at by the daemon; oldest first
  waiting_for_time,      ///< pending, not due before its time; earliest first
  waiting_for_customer,  ///< pending, another row of its customer goes first; by customer
  submitting,            ///< by customer
  cancelled_unstamped,   ///< cancelled by a producer, not seen by the daemon yet
  cancelled              ///< in the order in which they were cancelled
};

struct LiveRow {
  RfiId id{};
  /// in_line: created_at. waiting_for_time: due_at. waiting_for_customer: the later of both.
  /// cancelled: finished_at. Else the epoch.
  policy::UtcTime since{};
};

/// Rows that change their place while the walk goes on may be met twice or not at all.
class LiveWalk {
 public:
  /// Where a walk stands: the last row it has handed out.
  struct Place {
    std::string customer_id;
    std::int64_t priority = 0;
    std::int64_t position = 0;  ///< the index's number before the id: a time, or the deadline
    std::int64_t id = 0;
  };

  /// Goes on behind `behind`, from the start without it.
  LiveWalk(const Database& database, LiveSlice slice, std::optional<Place> behind = {});

  /// The next rows, at most `limit`; fewer only at the end.
  [[nodiscard]] std::vector<LiveRow> next(std::size_t limit);

  /// For a walk that goes on later, with another connection perhaps.
  [[nodiscard]] const std::optional<Place>& place() const { return last_; }

 private:
  [[nodiscard]] Cursor rows_behind(const Place& key, std::size_t limit);

  LiveSlice slice_;
  Statement statement_;
  std::optional<Place> last_;
};

/// The statement behind a slice: the test looks at its plan.
[[nodiscard]] const std::string& live_walk_statement(LiveSlice slice);

}  // namespace rfi::queue
