// The commands, one function each in a file of its own. What the user typed comes in as options
// (command_line.hpp); each returns how the program ends, or throws CommandFailure.
#pragma once

#include "exit_code.hpp"
#include "output/words.hpp"

#include "rfi/platform/config.hpp"
#include "rfi/queue/row_filter.hpp"

#include <chrono>
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
struct StatusOptions {
  bool watch = false;
  std::chrono::milliseconds interval{2'000};  ///< between two pictures
  Output output = Output::text;
};
ExitCode show_status(const platform::Config& config, const StatusOptions& options);

/// `list`
struct ListOptions {
  queue::RowFilter filter;
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

/// A set of rows instead of references, and how sure whoever asks for it is.
struct SetOptions {
  bool all = false;                     ///< the set is meant
  queue::RowFilter filter;              ///< its state is set if `all` is
  bool dry_run = false;                 ///< say how many, change nothing
  std::optional<std::size_t> expected;  ///< change them only if they are so many
};

/// `cancel`
struct CancelOptions {
  std::vector<std::string> references;
  SetOptions set;
  Output output = Output::text;
};
ExitCode cancel(const platform::Config& config, const CancelOptions& options);

/// `retry`
struct RetryOptions {
  std::vector<std::string> references;
  SetOptions set;
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
