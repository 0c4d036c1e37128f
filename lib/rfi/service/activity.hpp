// What the service has done lately, for whoever watches it: rate, response times, outcomes, the
// last failures. Kept in a few kilobytes whatever the load. Pure: times are handed in.
#pragma once

#include "rfi/policy/vocabulary.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/service/ended_attempt.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace rfi::service {

/// Response times (connect, send and wait together) of the answers of the last minute. Each is the
/// upper bound of a class of times that is at most a quarter wide.
struct ResponseTimes {
  std::chrono::milliseconds p50{0};
  std::chrono::milliseconds p90{0};
  std::chrono::milliseconds p99{0};
  bool operator==(const ResponseTimes&) const = default;
};

/// A row that failed for good.
struct RecentFailure {
  policy::UtcTime at{};
  std::string reference;
  policy::Failure failure = policy::Failure::invalid;
  std::string detail;  ///< names and paths, never a document's value
};

class Activity {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  explicit Activity(Instant start) : start_(start) {}

  /// An attempt whose record is durable since `now`.
  void note(const EndedAttempt& ended, Instant now);
  /// A row that the queue finished by itself, at `at`.
  void note(const queue::Refused& refused, policy::UtcTime at);

  /// Attempts recorded a second, over the last minute, or since the start if that is shorter.
  [[nodiscard]] double rate(Instant now) const;
  /// Nothing if no answer came within the last minute.
  [[nodiscard]] std::optional<ResponseTimes> response_times(Instant now) const;
  /// Attempts recorded since the start, by outcome (indexed by its number).
  using Outcomes = std::array<std::uint64_t, 8>;
  [[nodiscard]] const Outcomes& outcomes() const { return outcomes_; }
  /// Rows that came to their end since the start; failures by the number of their reason.
  struct Ends {
    std::uint64_t submitted = 0;
    std::array<std::uint64_t, 4> failed{};

    [[nodiscard]] std::uint64_t total() const {
      return std::accumulate(failed.begin(), failed.end(), submitted);
    }
  };
  [[nodiscard]] const Ends& ends() const { return ends_; }
  /// When a PATCH was last taken.
  [[nodiscard]] std::optional<policy::UtcTime> last_success() const { return last_success_; }
  /// The newest first.
  [[nodiscard]] const std::deque<RecentFailure>& failures() const { return failures_; }

 private:
  static constexpr std::chrono::seconds kSliceLength{10};
  static constexpr std::size_t kSlices = 7;  // six full ones and the one under way
  static constexpr std::size_t kClasses = 80;

  struct Slice {
    std::int64_t number = -1;  // since the start, in lengths of a slice
    std::uint64_t attempts = 0;
    std::array<std::uint32_t, kClasses> answers{};
  };

  [[nodiscard]] std::int64_t slice_number(Instant now) const;
  Slice& slice_of(Instant now);
  [[nodiscard]] bool counts(const Slice& slice, Instant now) const;
  void remember(RecentFailure failure);

  Instant start_;
  std::array<Slice, kSlices> slices_{};
  Outcomes outcomes_{};
  Ends ends_;
  std::optional<policy::UtcTime> last_success_;
  std::deque<RecentFailure> failures_;
};

}  // namespace rfi::service
