// One line an attempt: the whole decision, in the words of the contract.
#pragma once

#include "rfi/platform/log.hpp"
#include "rfi/policy/destination.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/service/ended_attempt.hpp"

#include <chrono>

namespace rfi::service {

/// Writes `rfi.submitted`, `rfi.confirmed`, `rfi.retry`, `rfi.unknown` or `rfi.failed` for an
/// attempt whose record is durable since `committed_at`.
void log_attempt(const platform::Log& log,
                 const EndedAttempt& ended,
                 std::chrono::steady_clock::time_point committed_at);

/// Writes `destination.unfit` once it has become so, and `destination.fit` when it is over.
void log_unfit(const platform::Log& log, const policy::Destination& destination);
void log_fit(const platform::Log& log,
             const policy::Destination& destination,
             std::chrono::milliseconds now);

/// Writes `clock.set` when the machine's clock parts from the time that has passed, and again when
/// its new time is taken over.
void log_clock_disputed(const platform::Log& log, std::chrono::milliseconds shift);
void log_clock_taken_over(const platform::Log& log, std::chrono::milliseconds shift);

/// Writes `rfi.failed` (and `allowlist.violation`, if it was one) for a row that the queue finished
/// by itself.
void log_refused(const platform::Log& log, const queue::Refused& refused);

/// Writes `rfi.cancelled` for a row that its producer, or an operator, has cancelled.
void log_cancelled(const platform::Log& log, const queue::Cancelled& cancelled);

/// Writes `rfi.superseded` for a row that waits while a newer one of its customer has come.
void log_superseded(const platform::Log& log, const queue::Superseded& superseded);

/// Writes `queue.recovered` for an attempt that a crash had left open.
void log_recovered(const platform::Log& log, const queue::Recovered& recovered);

}  // namespace rfi::service
