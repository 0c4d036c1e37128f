// What the user typed: the words of the command line and their help. The only place that knows
// CLI11.
#pragma once

#include "commands/commands.hpp"

#include <filesystem>
#include <string>
#include <variant>

namespace rfi::daemon {

struct MigrateOptions {
  Output output = Output::text;
};
struct ShowOptions : ReferenceOptions {};
struct ExplainOptions : ReferenceOptions {};

using CommandOptions = std::variant<RunOptions,
                                    MigrateOptions,
                                    EnqueueOptions,
                                    PreviewOptions,
                                    StatusOptions,
                                    ListOptions,
                                    ShowOptions,
                                    ExplainOptions,
                                    RetryOptions,
                                    CancelOptions,
                                    CheckOptions>;

struct Invocation {
  std::filesystem::path config_path;
  CommandOptions options;
};

/// The command to carry out, or how the program ends because help or the version was printed or the
/// words make no sense.
[[nodiscard]] std::variant<Invocation, ExitCode> parse_command_line(int argc, char** argv);

}  // namespace rfi::daemon
