#include "rfi/service/open_rows.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

namespace rfi::service {

void OpenRows::count_ready(const OpenRow& row) {
  suspects_ready_ += row.standing == Standing::suspect ? 1 : 0;
}

void OpenRows::add_claims(std::vector<queue::Claim> claims,
                          Purpose purpose,
                          std::chrono::milliseconds clock_moved,
                          const std::set<queue::RfiId>& suspects) {
  for (queue::Claim& claim : claims) {
    // A probe goes whatever its row is like: it is the only one.
    const bool suspect = purpose == Purpose::delivery && suspects.contains(claim.attempt.rfi);
    ready_.push_back({std::move(claim),
                      Sending::first,
                      purpose,
                      clock_moved,
                      {},
                      suspect ? Standing::suspect : Standing::ordinary});
    count_ready(ready_.back());
  }
}

void OpenRows::add_resend(OpenRow row) {
  row.sending = Sending::resend;
  count_ready(row);
  ready_.push_front(std::move(row));
  --unrecorded_;
}

void OpenRows::add_step(OpenRow row) {
  count_ready(row);
  ready_.push_front(std::move(row));
  --unrecorded_;
}

std::optional<OpenRow> OpenRows::take_next() {
  const auto found = ready_.begin() + (next() - ready_.cbegin());
  if (found == ready_.end() || !wire_has_room()) {
    return std::nullopt;
  }
  OpenRow row = std::move(*found);
  ready_.erase(found);
  if (row.standing == Standing::suspect) {
    --suspects_ready_;
    ++suspects_in_flight_;
  }
  ++in_flight_;
  ++moves_;
  return row;
}

bool OpenRows::next_is_overdue(policy::UtcTime now) const {
  const auto found = next();
  return found != ready_.end() && found->claim.deadline && now >= *found->claim.deadline;
}

std::optional<std::size_t> OpenRows::ahead_of(std::string_view reference) const {
  const auto found = std::ranges::find(
      ready_, reference, [](const OpenRow& row) { return std::string_view(row.claim.reference); });
  if (found == ready_.end()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - ready_.begin());
}

std::deque<OpenRow>::const_iterator OpenRows::next() const {
  if (suspects_in_flight_ < suspect_slots()) {
    return ready_.begin();
  }
  return std::ranges::find_if(
      ready_, [](const OpenRow& row) { return row.standing == Standing::ordinary; });
}

void OpenRows::came_back(Standing standing) {
  suspects_in_flight_ -= standing == Standing::suspect ? 1 : 0;
  --in_flight_;
  ++moves_;
  ++unrecorded_;
}

void OpenRows::recorded(std::size_t count) {
  unrecorded_ -= count;
}

std::vector<OpenRow> OpenRows::take_unsent() {
  std::vector<OpenRow> unsent{std::make_move_iterator(ready_.begin()),
                              std::make_move_iterator(ready_.end())};
  ready_.clear();
  suspects_ready_ = 0;
  unrecorded_ += unsent.size();
  return unsent;
}

std::vector<OpenRow> OpenRows::take_unsent_deliveries() {
  const auto probes = std::ranges::stable_partition(ready_, [](const OpenRow& row) {
                        return row.purpose == Purpose::delivery;
                      }).begin();
  std::vector<OpenRow> unsent{std::make_move_iterator(ready_.begin()),
                              std::make_move_iterator(probes)};
  ready_.erase(ready_.begin(), probes);
  suspects_ready_ = 0;  // what is left are probes
  unrecorded_ += unsent.size();
  return unsent;
}

std::vector<OpenRow> OpenRows::take_suspects_without_a_turn() {
  std::vector<OpenRow> taken;
  while (suspects_ready_ > suspect_slots()) {
    const auto last = std::ranges::find_if(ready_ | std::views::reverse, [](const OpenRow& row) {
      return row.standing == Standing::suspect;
    });
    taken.push_back(std::move(*last));
    ready_.erase(std::next(last).base());
    --suspects_ready_;
    ++unrecorded_;
  }
  return taken;
}

std::size_t OpenRows::room(std::size_t closing) const {
  const std::size_t open_after = open() - closing;
  return open_after < limits_.max_open ? limits_.max_open - open_after : 0;
}

}  // namespace rfi::service
