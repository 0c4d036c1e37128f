// From what the user typed to the command that does it.
#pragma once

#include "command_line.hpp"

namespace rfi::daemon {

/// Reads the configuration and carries out the command. Throws CommandFailure with every problem of
/// the configuration, and what the command throws.
[[nodiscard]] ExitCode execute(const Invocation& invocation);

}  // namespace rfi::daemon
