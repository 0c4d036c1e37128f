// `retry`: puts failed and cancelled RFIs back, after a fix or a change of policy.
#include "commands/commands.hpp"
#include "commands/operation_report.hpp"
#include "commands/queue_access.hpp"
#include "commands/row_set.hpp"

#include "rfi/queue/operations.hpp"

namespace rfi::daemon {

ExitCode retry(const platform::Config& config, const RetryOptions& options) {
  if (options.set.all) {
    return change_set(config, queue::Change::retry, options.set, options.output);
  }
  const auto database = open_queue(config, queue::OpenMode::read_write);
  const auto results = queue::retry(database, options.references, now());
  return report_operations(
      results, "back to pending", "a failed or cancelled RFI can be retried", options.output);
}

}  // namespace rfi::daemon
