// `show`: one row and everything that was done about it, in order of time.
#include "commands/commands.hpp"
#include "commands/queue_access.hpp"
#include "output/json_writer.hpp"
#include "output/row_json.hpp"
#include "output/table.hpp"

#include "rfi/queue/lookup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rfi::daemon {
namespace {

constexpr std::size_t kAttemptsPerRead = 256;

struct Entry {
  policy::UtcTime time{};
  std::string words;
};

std::vector<queue::AttemptRow> all_attempts(queue::Lookup& lookup, queue::RfiId id) {
  std::vector<queue::AttemptRow> all;
  for (;;) {
    const auto after = all.empty() ? 0 : all.back().number;
    auto page = lookup.attempts(id, after, kAttemptsPerRead);
    all.insert(
        all.end(), std::make_move_iterator(page.begin()), std::make_move_iterator(page.end()));
    if (page.size() < kAttemptsPerRead) {
      return all;
    }
  }
}

std::string begin_words(const queue::AttemptRow& attempt) {
  auto words = fmt::format("attempt {} begins", attempt.number);
  if (attempt.body_bytes) {
    words += fmt::format(
        ": {} bytes, sha256 {}", *attempt.body_bytes, printable(attempt.body_sha256.value_or("-")));
  }
  const auto paths = field_paths(attempt);
  if (!paths.empty()) {
    words += fmt::format(", with {}", printable(fmt::format("{}", fmt::join(paths, ", "))));
  }
  return words;
}

std::string end_words(const queue::AttemptRow& attempt) {
  auto words =
      fmt::format("attempt {}: {}", attempt.number, printable(attempt.outcome.value_or("?")));
  if (attempt.http_status) {
    words += fmt::format(", HTTP {}", *attempt.http_status);
  }
  if (attempt.error) {
    words += fmt::format(", {}", printable(*attempt.error));
  }
  if (attempt.duration_ms) {
    words +=
        fmt::format(", after {}", duration_words(std::chrono::milliseconds(*attempt.duration_ms)));
  }
  if (attempt.request_id) {
    words += fmt::format(", request {}", printable(*attempt.request_id));
  }
  if (attempt.detail) {
    words += fmt::format(": {}", printable(*attempt.detail));
  }
  return words;
}

std::vector<Entry> timeline_of(const queue::RfiRow& row,
                               const std::vector<queue::AttemptRow>& attempts) {
  std::vector<Entry> entries{{row.created_at, "queued"}};
  for (const auto& attempt : attempts) {
    entries.push_back({attempt.started_at, begin_words(attempt)});
    if (attempt.finished_at) {
      entries.push_back({*attempt.finished_at, end_words(attempt)});
    }
  }
  if (row.retried_at) {
    entries.push_back({*row.retried_at, "put back by an operator: attempts count from 0 again"});
  }
  if (row.finished_at) {
    entries.push_back({*row.finished_at,
                       row.failure ? fmt::format("{} ({})", row.state, *row.failure) : row.state});
  }
  if (row.erased_at) {
    entries.push_back({*row.erased_at, "documents erased"});
  }
  std::ranges::stable_sort(entries, {}, &Entry::time);
  return entries;
}

std::string head_of(const queue::RfiRow& row) {
  Table table;
  table.add({"reference", printable(row.reference)});
  table.add({"customer", printable(row.customer_id)});
  table.add({"state", row.failure ? fmt::format("{} ({})", row.state, *row.failure) : row.state});
  if (row.detail) {
    table.add({"detail", printable(*row.detail)});
  }
  table.add({"priority", std::to_string(row.priority)});
  table.add({"attempts", fmt::format("{} that count", row.attempts)});
  const auto add_time = [&table](const char* name, std::optional<policy::UtcTime> time) {
    if (time) {
      table.add({name, time_words(time)});
    }
  };
  add_time("not before", row.not_before);
  add_time("deadline", row.deadline);
  add_time("next attempt", row.next_attempt_at);
  return table.take();
}

std::string text_of(const queue::RfiRow& row, const std::vector<queue::AttemptRow>& attempts) {
  Table table;
  std::optional<policy::UtcTime> before;
  for (auto& entry : timeline_of(row, attempts)) {
    table.add({time_words(entry.time),
               before ? fmt::format("+{}", duration_words(entry.time - *before)) : "",
               std::move(entry.words)});
    before = entry.time;
  }
  return head_of(row) + '\n' + table.take();
}

std::string json_of(const queue::RfiRow& row, const std::vector<queue::AttemptRow>& attempts) {
  JsonWriter json;
  json.begin_object();
  write_row(json, row);
  json.name("history").begin_array();
  for (const auto& attempt : attempts) {
    write_attempt(json, attempt);
  }
  json.end_array().end_object();
  return json.take() + '\n';
}

}  // namespace

ExitCode show(const platform::Config& config, const ReferenceOptions& options) {
  const auto database = open_queue(config, queue::OpenMode::read_only);
  queue::Lookup lookup(database);
  const auto row = require_row(lookup, options.reference, config);
  const auto attempts = all_attempts(lookup, row.id);
  print(options.output == Output::json ? json_of(row, attempts) : text_of(row, attempts));
  return ExitCode::done;
}

}  // namespace rfi::daemon
