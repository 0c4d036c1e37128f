// How the program ends, for scripts and for systemd: the numbers of sysexits.h, and the failure
// that carries one to main().
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rfi::daemon {

enum class ExitCode {
  done = 0,
  failed = 1,
  usage = 64,
  bad_input = 65,
  unavailable = 69,
  cannot_create = 73,
  io_error = 74,
  already_running = 75,
  bad_configuration = 78
};

/// The command cannot go on. main() prints each message on a line of its own and ends with `code`.
class CommandFailure : public std::runtime_error {
 public:
  CommandFailure(ExitCode code, std::vector<std::string> messages)
      : std::runtime_error(messages.empty() ? "" : messages.front()),
        code_(code),
        messages_(std::move(messages)) {}
  CommandFailure(ExitCode code, const std::string& message)
      : CommandFailure(code, std::vector<std::string>{message}) {}

  [[nodiscard]] ExitCode code() const { return code_; }
  [[nodiscard]] const std::vector<std::string>& messages() const { return messages_; }

 private:
  ExitCode code_;
  std::vector<std::string> messages_;
};

/// To be called in a catch block: prints what is being handled on standard error and returns the
/// exit code for it.
[[nodiscard]] ExitCode report_failure();

/// Prints `rfi-submitd: <message>` on standard error.
void complain(const std::string& message);

/// Writes `text` to standard output. Throws CommandFailure when it cannot take it.
void print(const std::string& text);

}  // namespace rfi::daemon
