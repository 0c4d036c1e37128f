// `retry`: puts failed and cancelled RFIs back, after a fix or a change of policy.
#include "commands/commands.hpp"
#include "commands/operation_report.hpp"
#include "commands/queue_access.hpp"

#include "rfi/queue/operations.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace rfi::daemon {
namespace {

constexpr const char* kAllowed = "a failed or cancelled RFI can be retried";

struct Counts {
  std::int64_t retried = 0;
  std::int64_t erased = 0;
  std::int64_t past = 0;
};

// Counts instead of a list: there may be millions.
Counts retry_all_failed(const queue::Database& database, std::optional<policy::Failure> failure) {
  Counts counts;
  queue::RetryFailed walk(database, failure);
  while (!walk.at_end()) {
    for (const auto& operation : walk.next(now())) {
      counts.retried += operation.result == queue::Operated::done ? 1 : 0;
      counts.erased += operation.result == queue::Operated::documents_erased ? 1 : 0;
      counts.past += operation.result == queue::Operated::deadline_past ? 1 : 0;
    }
  }
  return counts;
}

void say(const Counts& counts, Output output) {
  if (output == Output::json) {
    JsonWriter json;
    json.begin_object().member("retried", counts.retried);
    json.member("documents_erased", counts.erased).member("deadline_past", counts.past);
    json.end_object();
    print(json.take() + '\n');
    return;
  }
  std::string text = fmt::format("{} back to pending", counts.retried);
  if (counts.erased + counts.past > 0) {
    text += fmt::format(
        "; left as they are: {} whose documents have been erased, {} whose deadline has passed",
        counts.erased,
        counts.past);
  }
  print(text + '\n');
}

}  // namespace

ExitCode retry(const platform::Config& config, const RetryOptions& options) {
  const auto database = open_queue(config, queue::OpenMode::read_write);
  if (options.all_failed) {
    say(retry_all_failed(database, options.failure), options.output);
    return ExitCode::done;
  }
  const auto results = queue::retry(database, options.references, now());
  return report_operations(results, "back to pending", kAllowed, options.output);
}

}  // namespace rfi::daemon
