#include "rfi/service/work_done.hpp"

#include <variant>

namespace rfi::service {

void WorkDone::record(const EndedAttempt& ended) {
  const queue::Closing& closing = ended.closing;
  if (closing.cost != queue::Cost::withdrawn) {
    ++attempts_[closing.outcome];
    if (closing.outcome != policy::Outcome::not_sent) {
      waits_.add(ended.timings.wait);
      time_on_wire_ += ended.timings.connect + ended.timings.send + ended.timings.wait;
    }
  }
  if (closing.confirmation) {
    ++attempts_[policy::Outcome::confirmed];
  }
  if (const auto* finish = std::get_if<policy::Finish>(&closing.next)) {
    if (finish->failure) {
      ++failed_[*finish->failure];
    } else {
      ++submitted_;
    }
  }
}

void WorkDone::record(const std::vector<queue::Refused>& refused) {
  for (const queue::Refused& row : refused) {
    ++failed_[row.failure];
  }
}

std::uint64_t WorkDone::attempts(policy::Outcome outcome) const {
  const auto found = attempts_.find(outcome);
  return found == attempts_.end() ? 0 : found->second;
}

std::uint64_t WorkDone::failed(policy::Failure failure) const {
  const auto found = failed_.find(failure);
  return found == failed_.end() ? 0 : found->second;
}

std::uint64_t WorkDone::finished() const {
  std::uint64_t total = submitted_;
  for (const auto& [failure, count] : failed_) {
    total += count;
  }
  return total;
}

}  // namespace rfi::service
