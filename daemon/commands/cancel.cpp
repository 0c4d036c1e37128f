// `cancel`: takes pending RFIs out of the line.
#include "commands/commands.hpp"
#include "commands/operation_report.hpp"
#include "commands/queue_access.hpp"
#include "commands/row_set.hpp"

#include "rfi/queue/operations.hpp"

namespace rfi::daemon {

ExitCode cancel(const platform::Config& config, const CancelOptions& options) {
  if (options.set.all) {
    return change_set(config, queue::Change::cancel, options.set, options.output);
  }
  const auto database = open_queue(config, queue::OpenMode::read_write);
  const auto results = queue::cancel(database, options.references, now());
  return report_operations(results, "cancelled", "a pending RFI can be cancelled", options.output);
}

}  // namespace rfi::daemon
