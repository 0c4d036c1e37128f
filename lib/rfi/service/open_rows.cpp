#include "rfi/service/open_rows.hpp"

#include <iterator>
#include <utility>

namespace rfi::service {

void OpenRows::add_claims(std::vector<queue::Claim> claims,
                          Purpose purpose,
                          std::chrono::milliseconds clock_moved) {
  for (queue::Claim& claim : claims) {
    ready_.push_back({std::move(claim), Sending::first, purpose, clock_moved, {}});
  }
}

void OpenRows::add_resend(OpenRow row) {
  row.sending = Sending::resend;
  ready_.push_front(std::move(row));
  --unrecorded_;
}

void OpenRows::add_step(OpenRow row) {
  ready_.push_front(std::move(row));
  --unrecorded_;
}

std::optional<OpenRow> OpenRows::take_next() {
  if (ready_.empty() || !wire_has_room()) {
    return std::nullopt;
  }
  OpenRow row = std::move(ready_.front());
  ready_.pop_front();
  ++in_flight_;
  ++moves_;
  return row;
}

bool OpenRows::next_is_overdue(policy::UtcTime now) const {
  if (ready_.empty()) {
    return false;
  }
  const auto& deadline = ready_.front().claim.deadline;
  return deadline && now >= *deadline;
}

std::optional<std::size_t> OpenRows::ahead_of(std::string_view reference) const {
  const auto found = std::ranges::find(
      ready_, reference, [](const OpenRow& row) { return std::string_view(row.claim.reference); });
  if (found == ready_.end()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - ready_.begin());
}

void OpenRows::came_back() {
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
  unrecorded_ += unsent.size();
  return unsent;
}

std::size_t OpenRows::room(std::size_t closing) const {
  const std::size_t open_after = open() - closing;
  return open_after < limits_.max_open ? limits_.max_open - open_after : 0;
}

}  // namespace rfi::service
