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
#include <set>
#include <string_view>
#include <vector>

namespace rfi::service {

struct OpenLimits {
  std::size_t max_in_flight = 32;  ///< requests on the wire
  std::size_t max_open =
      128;  ///< rows from the commit of their attempt to the commit of its outcome
};

/// A row is open from the commit of its attempt to the commit of its outcome, and in this time it
/// is in exactly one of three places: ready, in flight, or ended and not yet recorded. Suspect rows
/// have half of the wire at most, so that customers whose requests hang never take it from the
/// others.
class OpenRows {
 public:
  explicit OpenRows(OpenLimits limits) : limits_(limits) {}

  /// Rows that have just been claimed, in the order in which they are to go.
  void add_claims(std::vector<queue::Claim> claims,
                  Purpose purpose = Purpose::delivery,
                  std::chrono::milliseconds clock_moved = std::chrono::milliseconds{0},
                  const std::set<queue::RfiId>& suspects = {});

  /// A row whose re-send is recorded: it goes before all others.
  void add_resend(OpenRow row);

  /// A row of which a step is recorded and the next one follows: it goes before all others as well.
  void add_step(OpenRow row);

  /// The next row to send, if there is one and the wire has room for it. It is in flight from here
  /// on.
  [[nodiscard]] std::optional<OpenRow> take_next();

  /// Whether the row that take_next() would give may not leave any more.
  [[nodiscard]] bool next_is_overdue(policy::UtcTime now) const;

  /// An attempt of a row of this standing came back from the wire; it stays open until recorded()
  /// counts it.
  void came_back(Standing standing);

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

  /// Takes the suspect rows behind those whose turn is near, to give them back: they must not take
  /// the places of others before the wire either.
  [[nodiscard]] std::vector<OpenRow> take_suspects_without_a_turn();

  /// How many rows may be claimed when `closing` rows are closed in the same commit.
  [[nodiscard]] std::size_t room(std::size_t closing) const;

  [[nodiscard]] bool wire_has_room() const { return in_flight_ < slots(); }
  /// Rows that wait for the wire beyond those that it has room for at once.
  [[nodiscard]] std::size_t ready_behind_the_wire() const {
    const std::size_t room = slots() - std::min(slots(), in_flight_);
    const std::size_t ordinary = ready_.size() - suspects_ready_;
    return ordinary - std::min(ordinary, room);
  }
  /// Whether a row is ready that the wire would take if it had room.
  [[nodiscard]] bool has_ready() const { return next() != ready_.end(); }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  /// How often a row has gone to the wire or come back from it.
  [[nodiscard]] std::uint64_t moves() const { return moves_; }
  [[nodiscard]] std::size_t open() const { return ready_.size() + in_flight_ + unrecorded_; }

  void set_limits(OpenLimits limits) { limits_ = limits; }
  /// How many of max_in_flight the API takes at present (policy/concurrency.hpp).
  void set_window(std::size_t window) { window_ = window; }

 private:
  [[nodiscard]] std::size_t slots() const { return std::min(limits_.max_in_flight, window_); }
  [[nodiscard]] std::size_t suspect_slots() const { return std::max<std::size_t>(slots() / 2, 1); }
  [[nodiscard]] std::deque<OpenRow>::const_iterator next() const;
  void count_ready(const OpenRow& row);

  OpenLimits limits_;
  std::size_t window_ = std::numeric_limits<std::size_t>::max();
  std::deque<OpenRow> ready_;
  std::size_t suspects_ready_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t suspects_in_flight_ = 0;
  std::uint64_t moves_ = 0;
  std::size_t unrecorded_ = 0;
};

}  // namespace rfi::service
