// How commands reach the queue beside a running daemon: they never create it, never change its
// journal, and wait ten seconds for a lock.
#pragma once

#include "rfi/platform/clock.hpp"
#include "rfi/platform/config.hpp"
#include "rfi/queue/lookup.hpp"
#include "rfi/queue/sqlite.hpp"

#include <string>

namespace rfi::daemon {

/// Throws CommandFailure: `unavailable` for a queue that is missing or must be upgraded first,
/// `bad_configuration` for a file that is no queue or is newer than this program.
[[nodiscard]] queue::Database open_queue(const platform::Config& config, queue::OpenMode mode);

/// The row, or CommandFailure (`bad_input`) that names the reference and the queue.
[[nodiscard]] queue::RfiRow require_row(queue::Lookup& lookup,
                                        const std::string& reference,
                                        const platform::Config& config);

/// Now, by the machine's clock.
[[nodiscard]] policy::UtcTime now();

}  // namespace rfi::daemon
