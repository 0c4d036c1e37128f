// The commands, one function each in a file of its own. What the user typed comes in as options
// (command_line.hpp); each returns how the program ends, or throws CommandFailure.
#pragma once

#include "exit_code.hpp"
#include "output/words.hpp"

#include "rfi/platform/config.hpp"
#include "rfi/policy/vocabulary.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rfi::daemon {

/// `run`
struct RunOptions {
  std::filesystem::path config_path;  ///< read again at SIGHUP
  bool drain = false;
};
int run(const platform::Config& config, const RunOptions& options);

/// `migrate`
ExitCode migrate_queue(const platform::Config& config, Output output);

/// `enqueue`: files, or a webhook's event with its documents.
struct EnqueueOptions {
  std::vector<std::string> files;  ///< empty: standard input, also called `-`
  std::string webhook;             ///< empty: no event; set together with documents
  std::string documents;
  Output output = Output::text;
};
ExitCode enqueue(const platform::Config& config, const EnqueueOptions& options);

/// `preview`
struct PreviewOptions {
  std::string subject;  ///< a reference, or a file with one document
  Output output = Output::text;
};
ExitCode preview(const platform::Config& config, const PreviewOptions& options);

/// `status`
ExitCode show_status(const platform::Config& config, Output output);

/// `list`
struct ListOptions {
  std::optional<policy::RfiState> state;
  std::size_t limit = 50;  ///< 0: all
  Output output = Output::text;
};
ExitCode list(const platform::Config& config, const ListOptions& options);

/// `show` and `explain`
struct ReferenceOptions {
  std::string reference;
  Output output = Output::text;
};
ExitCode show(const platform::Config& config, const ReferenceOptions& options);
ExitCode explain(const platform::Config& config, const ReferenceOptions& options);

/// `cancel`
struct CancelOptions {
  std::vector<std::string> references;
  Output output = Output::text;
};
ExitCode cancel(const platform::Config& config, const CancelOptions& options);

/// `retry`: the references, or all failed rows.
struct RetryOptions {
  std::vector<std::string> references;
  bool all_failed = false;
  std::optional<policy::Failure> failure;  ///< with all_failed: only these
  Output output = Output::text;
};
ExitCode retry(const platform::Config& config, const RetryOptions& options);

/// `check`
struct CheckOptions {
  std::filesystem::path config_path;
  Output output = Output::text;
};
ExitCode check(const CheckOptions& options);

}  // namespace rfi::daemon
