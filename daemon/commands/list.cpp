// `list`: rows in pages; nothing is read while a page is printed.
#include "commands/commands.hpp"
#include "commands/queue_access.hpp"
#include "output/json_writer.hpp"
#include "output/row_json.hpp"
#include "output/table.hpp"

#include "rfi/queue/listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace rfi::daemon {
namespace {

std::string state_words(const queue::RfiRow& row) {
  if (row.failure) {
    return fmt::format("{} ({})", row.state, *row.failure);
  }
  if (row.waiting_for) {
    return fmt::format("{} (waits for {})", row.state, *row.waiting_for);
  }
  return row.state;
}

// The time that matters for the state: the next attempt of a pending row, the end of a finished
// one.
std::optional<policy::UtcTime> next_or_end(const queue::RfiRow& row) {
  return row.finished_at ? row.finished_at : std::max(row.next_attempt_at, row.not_before);
}

std::vector<std::string> columns_of(const queue::RfiRow& row) {
  return {printable(row.reference),
          printable(row.customer_id),
          state_words(row),
          std::to_string(row.attempts),
          time_words(row.created_at),
          time_words(next_or_end(row)),
          printable(row.detail.value_or(""))};
}

}  // namespace

ExitCode list(const platform::Config& config, const ListOptions& options) {
  const auto database = open_queue(config, queue::OpenMode::read_only);
  queue::Listing listing(database, options.filter);
  Table table({"REFERENCE", "CUSTOMER", "STATE", "ATTEMPTS", "QUEUED", "NEXT OR END", "DETAIL"});
  JsonWriter json;
  json.begin_array();
  auto left = options.limit == 0 ? std::numeric_limits<std::size_t>::max() : options.limit;
  while (left > 0 && !listing.at_end()) {
    const auto rows = listing.next(left);
    // The header waits for the first rows: their widths are its widths.
    if (rows.empty()) {
      continue;
    }
    left -= rows.size();
    for (const auto& row : rows) {
      if (options.output == Output::json) {
        json.begin_object();
        write_row(json, row);
        json.end_object();
      } else {
        table.add(columns_of(row));
      }
    }
    print(options.output == Output::json ? json.take() : table.take());
  }
  json.end_array();
  if (options.output == Output::json) {
    print(json.take() + '\n');
  } else {
    print(table.take());
  }
  return ExitCode::done;
}

}  // namespace rfi::daemon
