// Which open rows wait for the wire, which are on it, and how many more may be claimed. Pure: no
// clock, no I/O.
#pragma once

#include "rfi/service/ended_attempt.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace rfi::service {

struct OpenLimits {
  std::size_t max_in_flight = 32;  ///< requests on the wire
  std::size_t max_open =
      128;  ///< rows from the commit of their attempt to the commit of its outcome
};

/// A row is open from the commit of its attempt to the commit of its outcome, and in this time it
/// is in exactly one of three places: ready, in flight, or ended and not yet recorded.
class OpenRows {
 public:
  explicit OpenRows(OpenLimits limits) : limits_(limits) {}

  /// Rows that have just been claimed, in the order in which they are to go.
  void add_claims(std::vector<queue::Claim> claims,
                  Purpose purpose = Purpose::delivery,
                  std::chrono::milliseconds clock_moved = std::chrono::milliseconds{0});

  /// A row whose re-send is recorded: it goes before all others.
  void add_resend(OpenRow row);

  /// A row of which a step is recorded and the next one follows: it goes before all others as well.
  void add_step(OpenRow row);

  /// The next row to send, if there is one and the wire has room for it. It is in flight from here
  /// on.
  [[nodiscard]] std::optional<OpenRow> take_next();

  /// Whether the row that take_next() would give may not leave any more.
  [[nodiscard]] bool next_is_overdue(policy::UtcTime now) const;

  /// An attempt came back from the wire; it stays open until recorded() counts it.
  void came_back();

  /// `count` ended attempts are durable and their rows no longer open.
  void recorded(std::size_t count);

  /// How many rows go to the wire before the one with this reference; nothing if it does not wait
  /// for the wire.
  [[nodiscard]] std::optional<std::size_t> ahead_of(std::string_view reference) const;

  /// Takes all that were not yet sent, to close them (at a stop). They stay open until recorded()
  /// counts them.
  [[nodiscard]] std::vector<OpenRow> take_unsent();

  /// Takes those that were not yet sent and are no probe, to give them back.
  [[nodiscard]] std::vector<OpenRow> take_unsent_deliveries();

  /// How many rows may be claimed when `closing` rows are closed in the same commit.
  [[nodiscard]] std::size_t room(std::size_t closing) const;

  [[nodiscard]] bool wire_has_room() const {
    return in_flight_ < std::min(limits_.max_in_flight, window_);
  }
  [[nodiscard]] bool has_ready() const { return !ready_.empty(); }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  /// How often a row has gone to the wire or come back from it.
  [[nodiscard]] std::uint64_t moves() const { return moves_; }
  [[nodiscard]] std::size_t open() const { return ready_.size() + in_flight_ + unrecorded_; }

  void set_limits(OpenLimits limits) { limits_ = limits; }
  /// How many of max_in_flight the API takes at present (policy/concurrency.hpp).
  void set_window(std::size_t window) { window_ = window; }

 private:
  OpenLimits limits_;
  std::size_t window_ = std::numeric_limits<std::size_t>::max();
  std::deque<OpenRow> ready_;
  std::size_t in_flight_ = 0;
  std::uint64_t moves_ = 0;
  std::size_t unrecorded_ = 0;
};

}  // namespace rfi::service
