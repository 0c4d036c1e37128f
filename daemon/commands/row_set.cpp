#include "commands/row_set.hpp"

#include "commands/queue_access.hpp"
#include "output/json_writer.hpp"
#include "output/table.hpp"

#include "rfi/queue/listing.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <iostream>
#include <span>

namespace rfi::daemon {
namespace {

constexpr std::size_t kExamples = 10;

struct Counts {
  std::int64_t done = 0;  ///< changed, or to be changed
  std::int64_t erased = 0;
  std::int64_t past = 0;
  std::vector<queue::RfiRow> examples;  ///< the first of those to be changed

  void add(queue::Operated result) {
    done += result == queue::Operated::done ? 1 : 0;
    erased += result == queue::Operated::documents_erased ? 1 : 0;
    past += result == queue::Operated::deadline_past ? 1 : 0;
  }
};

Counts count(const queue::Database& database, queue::Change change, const SetOptions& options) {
  Counts counts;
  queue::Selection selection(database, options.filter);
  while (!selection.at_end()) {
    for (auto& row : selection.next()) {
      const auto result = queue::judge(change, row, now());
      counts.add(result);
      if (result == queue::Operated::done && counts.examples.size() < kExamples) {
        counts.examples.push_back(std::move(row));
      }
    }
  }
  return counts;
}

Counts carry_out(const queue::Database& database, queue::Change change, const SetOptions& options) {
  Counts counts;
  queue::Selection selection(database, options.filter);
  while (!selection.at_end()) {
    const auto rows = selection.next();
    for (const auto& operation :
         queue::change_rows(database, change, rows, options.filter, now())) {
      counts.add(operation.result);
    }
  }
  return counts;
}

const char* done_words(queue::Change change) {
  return change == queue::Change::retry ? "back to pending" : "cancelled";
}

std::string left_words(const Counts& counts) {
  if (counts.erased + counts.past == 0) {
    return "";
  }
  return fmt::format(
      "; left as they are: {} whose documents have been erased, {} whose deadline has passed",
      counts.erased,
      counts.past);
}

void say(const Counts& counts, queue::Change change, const SetOptions& options, Output output) {
  if (output == Output::json) {
    JsonWriter json;
    json.begin_object().member(change == queue::Change::retry ? "retried" : "cancelled",
                               counts.done);
    json.member("documents_erased", counts.erased).member("deadline_past", counts.past);
    json.member("dry_run", options.dry_run).end_object();
    print(json.take() + '\n');
    return;
  }
  print(fmt::format("{}{} {}{}\n",
                    options.dry_run ? "would be changed: " : "",
                    counts.done,
                    done_words(change),
                    left_words(counts)));
}

void show_examples(const Counts& counts) {
  Table table({"REFERENCE", "CUSTOMER", "STATE", "QUEUED", "DETAIL"});
  for (const auto& row : counts.examples) {
    table.add({printable(row.reference),
               printable(row.customer_id),
               row.failure ? fmt::format("{} ({})", row.state, *row.failure) : row.state,
               time_words(row.created_at),
               printable(row.detail.value_or(""))});
  }
  print(table.take());
  const auto more = counts.done - static_cast<std::int64_t>(counts.examples.size());
  if (more > 0) {
    print(fmt::format("and {} more\n", more));
  }
}

/// Somebody at a terminal types the number; a script has given it, or knows what it asks for.
bool confirmed(const Counts& counts, queue::Change change) {
  if (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1) {
    return true;
  }
  std::cerr << fmt::format("{} RFIs become {}. Type their number to confirm: ",
                           counts.done,
                           change == queue::Change::retry ? "pending again" : "cancelled")
            << std::flush;
  std::string typed;
  std::getline(std::cin, typed);
  return typed == std::to_string(counts.done);
}

}  // namespace

ExitCode change_set(const platform::Config& config,
                    queue::Change change,
                    const SetOptions& options,
                    Output output) {
  const auto database = open_queue(
      config, options.dry_run ? queue::OpenMode::read_only : queue::OpenMode::read_write);
  const Counts counted = count(database, change, options);
  if (options.dry_run) {
    say(counted, change, options, output);
    if (output == Output::text && counted.done > 0) {
      show_examples(counted);
    }
    return ExitCode::done;
  }
  if (options.expected && static_cast<std::int64_t>(*options.expected) != counted.done) {
    complain(fmt::format("{} RFIs would be changed, not {}: nothing was done; --dry-run shows them",
                         counted.done,
                         *options.expected));
    return ExitCode::bad_input;
  }
  if (counted.done > 0 && !options.expected && !confirmed(counted, change)) {
    complain("not confirmed: nothing was done");
    return ExitCode::failed;
  }
  say(carry_out(database, change, options), change, options, output);
  return ExitCode::done;
}

}  // namespace rfi::daemon
