// What the service has done since it was last asked: for the line `queue.stats`.
#pragma once

#include "rfi/policy/durations.hpp"
#include "rfi/policy/vocabulary.hpp"
#include "rfi/service/ended_attempt.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

namespace rfi::service {

/// Counts what is durable: attempts by their outcome, rows by their end.
class WorkDone {
 public:
  void record(const EndedAttempt& ended);
  void record(const std::vector<queue::Refused>& refused);
  void record(const std::vector<queue::Cancelled>& cancelled) { cancelled_ += cancelled.size(); }

  [[nodiscard]] std::uint64_t attempts(policy::Outcome outcome) const;
  [[nodiscard]] std::uint64_t submitted() const { return submitted_; }
  [[nodiscard]] std::uint64_t failed(policy::Failure failure) const;
  [[nodiscard]] std::uint64_t cancelled() const { return cancelled_; }
  /// Rows that came to their end by the daemon's work: submitted or failed.
  [[nodiscard]] std::uint64_t finished() const;
  /// How long the answers to requests that were sent took, from the last byte to the answer.
  [[nodiscard]] const policy::Durations& waits() const { return waits_; }
  /// Of all attempts that were sent, from the connection to the answer.
  [[nodiscard]] std::chrono::milliseconds time_on_wire() const { return time_on_wire_; }

 private:
  std::map<policy::Outcome, std::uint64_t> attempts_;
  std::map<policy::Failure, std::uint64_t> failed_;
  std::uint64_t submitted_ = 0;
  std::uint64_t cancelled_ = 0;
  policy::Durations waits_;
  std::chrono::milliseconds time_on_wire_{0};
};

}  // namespace rfi::service
