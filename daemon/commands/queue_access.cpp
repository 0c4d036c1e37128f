#include "commands/queue_access.hpp"

#include "exit_code.hpp"
#include "output/words.hpp"

#include "rfi/queue/schema.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace rfi::daemon {
namespace {

ExitCode code_for(queue::SchemaState state) {
  const bool wrong_file =
      state == queue::SchemaState::foreign || state == queue::SchemaState::newer;
  return wrong_file ? ExitCode::bad_configuration : ExitCode::unavailable;
}

}  // namespace

queue::Database open_queue(const platform::Config& config, queue::OpenMode mode) {
  const auto& path = config.queue.path;
  const auto report = queue::inspect_schema(path);
  if (const auto problem = queue::schema_problem(report, path)) {
    throw CommandFailure(code_for(report.state), *problem);
  }
  auto opened = queue::open_queue(path, mode);
  if (const auto* problem = std::get_if<std::string>(&opened)) {
    throw CommandFailure(ExitCode::unavailable, *problem);
  }
  return std::get<queue::Database>(std::move(opened));
}

queue::RfiRow require_row(queue::Lookup& lookup,
                          const std::string& reference,
                          const platform::Config& config) {
  auto row = lookup.by_reference(reference);
  if (!row) {
    throw CommandFailure(ExitCode::bad_input,
                         fmt::format("there is no RFI with the reference \"{}\" in {}; "
                                     "`rfi-submitd list` shows which there are",
                                     printable(reference),
                                     config.queue.path.string()));
  }
  return *std::move(row);
}

policy::UtcTime now() {
  return platform::SystemClock().utc_now();
}

}  // namespace rfi::daemon
