// rfi-submitd: parse, carry out, end with the right code. What a command does is in commands/.
#include "command_line.hpp"
#include "commands/execute.hpp"
#include "exit_code.hpp"

#include "rfi/platform/secret_process.hpp"

#include <sqlite3.h>

#include <variant>

namespace {

rfi::daemon::ExitCode run_program(int argc, char** argv) {
  using namespace rfi::daemon;
  try {
    const auto parsed = parse_command_line(argc, argv);
    if (const auto* ended = std::get_if<ExitCode>(&parsed)) {
      return *ended;
    }
    return execute(std::get<Invocation>(parsed));
  } catch (...) {
    return report_failure();
  }
}

}  // namespace

int main(int argc, char** argv) {
  // Every command: the documents are in the memory of those that have no secret.
  rfi::platform::forbid_core_dumps();
  // Nobody asks how much memory SQLite has taken, and counting it takes a lock at every allocation.
  (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  return static_cast<int>(run_program(argc, argv));
}
