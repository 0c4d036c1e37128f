// What `retry` and `cancel` say about each reference.
#pragma once

#include "exit_code.hpp"
#include "output/json_writer.hpp"
#include "output/words.hpp"

#include "rfi/queue/operations.hpp"

#include <span>
#include <string>

namespace rfi::daemon {

/// Why a row was left as it is; empty when it was changed. `allowed` completes "only ... can be
/// ...".
[[nodiscard]] std::string refusal_words(const queue::Operation& operation,
                                        const std::string& allowed);

/// A line for each: what was done on standard output, refusals on standard error; or one JSON
/// array. `bad_input` if anything was refused. `done` completes "REFERENCE: ".
[[nodiscard]] ExitCode report_operations(std::span<const queue::Operation> operations,
                                         const std::string& done,
                                         const std::string& allowed,
                                         Output output);

}  // namespace rfi::daemon
