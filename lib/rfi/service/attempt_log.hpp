// One line an attempt: the whole decision, in the words of the contract.
#pragma once

#include "rfi/platform/log.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/service/ended_attempt.hpp"

#include <chrono>

namespace rfi::service {

/// Writes `rfi.submitted`, `rfi.retry`, `rfi.unknown` or `rfi.failed` for an attempt whose record
/// is durable since `committed_at`.
void log_attempt(const platform::Log& log,
                 const EndedAttempt& ended,
                 std::chrono::steady_clock::time_point committed_at);

/// Writes `rfi.failed` (and `allowlist.violation`, if it was one) for a row that the queue finished
/// by itself.
void log_refused(const platform::Log& log, const queue::Refused& refused);

/// Writes `rfi.cancelled` for a row that its producer, or an operator, has cancelled.
void log_cancelled(const platform::Log& log, const queue::Cancelled& cancelled);

/// Writes `queue.recovered` for an attempt that a crash had left open.
void log_recovered(const platform::Log& log, const queue::Recovered& recovered);

}  // namespace rfi::service
