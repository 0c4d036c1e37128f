// The process around the secrets: what it holds in memory must not be written to a file or read by
// another one.
#pragma once

namespace rfi::platform {

/// Writes no core dump from now on and lets no process of the same user trace this one or read its
/// memory: tokens, the client secret and documents are in it. Root still may. For the beginning of
/// main().
void forbid_core_dumps();

}  // namespace rfi::platform
