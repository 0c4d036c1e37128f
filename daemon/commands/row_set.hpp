// A change to a set of rows: counted first, confirmed, then done in small transactions.
#pragma once

#include "commands/commands.hpp"

#include "rfi/queue/operations.hpp"

namespace rfi::daemon {

/// Says how many rows `change` would take; changes them unless it is a dry run, the number is not
/// the expected one (65), or somebody at a terminal does not confirm it.
ExitCode change_set(const platform::Config& config,
                    queue::Change change,
                    const SetOptions& options,
                    Output output);

}  // namespace rfi::daemon
