// What the queue's file would hold: the durable part, which a crash leaves as it is.
#pragma once

#include "rfi/policy/vocabulary.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/queue/unfit_periods.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rfi::simulation {

using queue::RfiId;
using queue::UtcTime;

struct StoredAttempt {
  std::int64_t number = 0;
  UtcTime started_at{};
  std::optional<policy::Outcome> outcome;  ///< absent: open
  std::string body_sha256;
};

enum class WaitingFor { line, time, customer };

struct StoredRow {
  RfiId id{};
  std::string reference;
  std::string customer_id;
  std::string requested;
  std::string documents;
  std::int64_t priority = 0;
  std::optional<UtcTime> not_before;
  std::optional<UtcTime> deadline;
  UtcTime created_at{};

  policy::RfiState state = policy::RfiState::pending;
  std::optional<policy::Failure> failure;
  std::string detail;
  std::int64_t attempts = 0;
  std::optional<UtcTime> next_attempt_at;
  std::optional<UtcTime> finished_at;
  std::optional<UtcTime> retried_at;
  WaitingFor waiting_for = WaitingFor::line;
  std::vector<StoredAttempt> history;

  [[nodiscard]] bool is_pending(WaitingFor what) const {
    return state == policy::RfiState::pending && waiting_for == what;
  }
  [[nodiscard]] UtcTime due_at() const {
    return std::max(not_before.value_or(UtcTime{}), next_attempt_at.value_or(UtcTime{}));
  }
  [[nodiscard]] UtcTime waited_since() const {
    return std::max({created_at, not_before.value_or(UtcTime{}), retried_at.value_or(UtcTime{})});
  }
  [[nodiscard]] StoredAttempt* attempt(std::int64_t number) {
    const auto found = std::ranges::find(history, number, &StoredAttempt::number);
    return found == history.end() ? nullptr : &*found;
  }
  [[nodiscard]] const StoredAttempt* open_attempt() const {
    const auto found = std::ranges::find_if(
        history, [](const StoredAttempt& attempt) { return !attempt.outcome.has_value(); });
    return found == history.end() ? nullptr : &*found;
  }
};

struct QueueImage {
  std::vector<StoredRow> rows;  ///< by id
  std::vector<queue::UnfitPeriods::Period> unfit_periods;

  /// As the table does: one row for each start, in their order.
  void save_period(const queue::UnfitPeriods::Period& period) {
    const auto place = std::ranges::lower_bound(
        unfit_periods, period.started_at, {}, &queue::UnfitPeriods::Period::started_at);
    if (place != unfit_periods.end() && place->started_at == period.started_at) {
      *place = period;
    } else {
      unfit_periods.insert(place, period);
    }
  }

  [[nodiscard]] StoredRow* find(RfiId id) {
    const auto found = std::ranges::find(rows, id, &StoredRow::id);
    return found == rows.end() ? nullptr : &*found;
  }
  [[nodiscard]] StoredRow* find(std::string_view reference) {
    const auto found = std::ranges::find(rows, reference, &StoredRow::reference);
    return found == rows.end() ? nullptr : &*found;
  }
};

}  // namespace rfi::simulation
