// A program run by a test: started, watched, signalled and, at the latest by the destructor, ended.
#pragma once

#include "support/temporary_directory.hpp"

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rfi::test {

/// How to start a program. `environment` is laid over the test's own; a value of nullopt removes
/// the variable.
struct ChildOptions {
  // Initialized, so that a caller may name only some members (GCC warns of the others otherwise).
  // NOLINTBEGIN(readability-redundant-member-init)
  std::filesystem::path program = {};
  std::vector<std::string> arguments = {};  // without the program's own name
  std::map<std::string, std::optional<std::string>> environment = {};
  std::optional<std::filesystem::path> working_directory = {};
  std::string standard_input = {};  // all that it can read there
  // NOLINTEND(readability-redundant-member-init)
};

/// How a program ended: by itself with `code`, or by `signal` (then `code` is -1).
struct ExitStatus {
  int code = 0;
  int signal = 0;
  bool operator==(const ExitStatus&) const = default;
};

/// A running child. Its outputs go to files, so it never waits for us to read them.
///
/// Errors: throws std::system_error when the program cannot be started.
/// Thread: one thread at a time. A child that ties its life to its parent ties it to the thread
/// that made it.
class ChildProcess {
 public:
  explicit ChildProcess(const ChildOptions& options);
  /// Kills a child that still runs, and reaps it.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ChildProcess(ChildProcess&&) = delete;
  ChildProcess& operator=(ChildProcess&&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }

  /// Sends `signal` to this child; nothing happens once it has ended.
  void send_signal(int signal);

  /// The end of the child, or nullopt if it still runs after `limit`. May be called again.
  [[nodiscard]] std::optional<ExitStatus> wait(std::chrono::milliseconds limit);
  [[nodiscard]] bool running() { return !wait(std::chrono::milliseconds{0}).has_value(); }

  /// What it has written so far.
  [[nodiscard]] std::string standard_output() const;
  [[nodiscard]] std::string standard_error() const;

  /// True once standard output holds `text`; false if the child ends or `limit` passes without
  /// that.
  [[nodiscard]] bool wait_for_output(std::string_view text, std::chrono::milliseconds limit);

 private:
  TemporaryDirectory outputs_;
  pid_t pid_ = -1;
  int pid_descriptor_ = -1;
  std::optional<ExitStatus> status_;
};

/// Start, wait for the end, collect: for commands that end by themselves. A child that outlives
/// `limit` is killed.
struct FinishedChild {
  ExitStatus status;
  std::string standard_output;
  std::string standard_error;
};
[[nodiscard]] FinishedChild run_child(const ChildOptions& options,
                                      std::chrono::milliseconds limit = std::chrono::seconds{30});

}  // namespace rfi::test
