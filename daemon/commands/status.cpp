// `status`: the queue in numbers, from the file alone.
#include "commands/commands.hpp"
#include "commands/queue_access.hpp"
#include "output/json_writer.hpp"
#include "output/table.hpp"

#include "rfi/queue/overview.hpp"

#include <fmt/format.h>

#include <array>

namespace rfi::daemon {
namespace {

constexpr std::array kFailures{policy::Failure::invalid,
                               policy::Failure::rejected,
                               policy::Failure::expired,
                               policy::Failure::exhausted};

std::int64_t count_of(const queue::Overview& overview, policy::Failure failure) {
  const auto found = overview.failed.find(failure);
  return found == overview.failed.end() ? 0 : found->second;
}

std::string json_of(const platform::Config& config,
                    const queue::Overview& overview,
                    policy::UtcTime time) {
  JsonWriter json;
  json.begin_object().member("queue", config.queue.path.string()).member("at", time);
  json.name("counts").begin_object();
  json.member("pending", overview.pending()).member("submitting", overview.submitting);
  json.member("submitted", overview.submitted).member("failed", overview.failed_in_all());
  json.member("cancelled", overview.cancelled).end_object();
  json.name("pending").begin_object();
  json.member("in_line", overview.in_line).member("waiting_for_time", overview.waiting_for_time);
  json.member("waiting_for_customer", overview.waiting_for_customer).end_object();
  json.name("failed").begin_object();
  for (const auto failure : kFailures) {
    json.member(policy::to_string(failure), count_of(overview, failure));
  }
  json.end_object();
  json.member("oldest_due", overview.oldest_due);
  json.name("oldest_due_age_ms");
  json.value(overview.oldest_due ? std::optional((time - *overview.oldest_due).count())
                                 : std::nullopt);
  json.member("next_due", overview.next_due).name("deadlines").begin_array();
  for (const auto& deadline : overview.deadlines) {
    json.begin_object().member("reference", deadline.reference);
    json.member("deadline", deadline.time).end_object();
  }
  json.end_array().member("paused", !config.submission.enabled);
  json.member("destination_unfit_since", overview.unfit_since);
  json.member("daemon", "not asked").end_object();
  return json.take() + '\n';
}

std::string deadline_words(const queue::Deadline& deadline, policy::UtcTime time) {
  const auto left = deadline.time - time;
  return fmt::format("{} ({} {})  {}",
                     time_words(deadline.time),
                     left.count() > 0 ? "in" : "passed, by",
                     duration_words(left),
                     printable(deadline.reference));
}

std::string text_of(const platform::Config& config,
                    const queue::Overview& overview,
                    policy::UtcTime time) {
  Table table;
  table.add({"queue", config.queue.path.string()});
  table.add({"pending",
             fmt::format("{} ({} in line, {} waiting for their time, {} for their customer)",
                         overview.pending(),
                         overview.in_line,
                         overview.waiting_for_time,
                         overview.waiting_for_customer)});
  table.add({"submitting", std::to_string(overview.submitting)});
  table.add({"submitted", std::to_string(overview.submitted)});
  std::string failures;
  for (const auto failure : kFailures) {
    failures += fmt::format("{}{} {}",
                            failures.empty() ? "" : ", ",
                            count_of(overview, failure),
                            policy::to_string(failure));
  }
  table.add({"failed", fmt::format("{} ({})", overview.failed_in_all(), failures)});
  table.add({"cancelled", std::to_string(overview.cancelled)});
  table.add({"oldest due",
             overview.oldest_due ? fmt::format("{} ago, since {}",
                                               duration_words(time - *overview.oldest_due),
                                               time_words(overview.oldest_due))
                                 : "nothing is due"});
  if (overview.next_due) {
    table.add({"next due",
               fmt::format("in {}, at {}",
                           duration_words(*overview.next_due - time),
                           time_words(overview.next_due))});
  }
  if (overview.deadlines.empty()) {
    table.add({"deadlines", "none ahead"});
  }
  for (const auto& deadline : overview.deadlines) {
    table.add({&deadline == &overview.deadlines.front() ? "deadlines" : "",
               deadline_words(deadline, time)});
  }
  if (!config.submission.enabled) {
    table.add({"paused", "submission.enabled is false: nothing is claimed"});
  }
  if (overview.unfit_since) {
    table.add({"destination", fmt::format("unfit since {}", time_words(overview.unfit_since))});
  }
  return table.take() + kFromFileAlone + '\n';
}

}  // namespace

ExitCode show_status(const platform::Config& config, Output output) {
  const auto database = open_queue(config, queue::OpenMode::read_only);
  const auto time = now();
  const auto overview = queue::read_overview(database, time);
  print(output == Output::json ? json_of(config, overview, time) : text_of(config, overview, time));
  return ExitCode::done;
}

}  // namespace rfi::daemon
