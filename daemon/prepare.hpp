// Where the allowlist meets the queue: from a row to the bytes that leave for it, or the reason why
// none do.
#pragma once

#include "rfi/allowlist/catalogue.hpp"
#include "rfi/queue/queue_port.hpp"

namespace rfi::daemon {

/// Projection, the independent leaf check and the hash, as one pure function that is safe on any
/// thread.
[[nodiscard]] queue::Prepare make_prepare(allowlist::Settings settings);

}  // namespace rfi::daemon
