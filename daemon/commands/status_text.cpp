#include "commands/status_text.hpp"

#include "output/table.hpp"
#include "output/words.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace rfi::daemon {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

std::string deadline_words(const queue::Deadline& deadline, policy::UtcTime time) {
  const auto left = deadline.time - time;
  return fmt::format("{} ({} {})  {}",
                     time_words(deadline.time),
                     left.count() > 0 ? "in" : "passed, by",
                     duration_words(left),
                     printable(deadline.reference));
}

std::string failure_words(const queue::Overview& overview) {
  std::string words;
  for (const auto failure : policy::kAllFailures) {
    words += fmt::format("{}{} {}",
                         words.empty() ? "" : ", ",
                         overview.failed_as(failure),
                         policy::to_string(failure));
  }
  return words;
}

void add_queue(Table& table, const StatusPicture& picture) {
  const queue::Overview& overview = picture.overview;
  table.add({"pending",
             fmt::format("{} ({} in line, {} waiting for their time, {} for their customer)",
                         overview.pending(),
                         overview.in_line,
                         overview.waiting_for_time,
                         overview.waiting_for_customer)});
  table.add({"submitting", std::to_string(overview.submitting)});
  table.add({"submitted", std::to_string(overview.submitted)});
  table.add({"failed", fmt::format("{} ({})", overview.failed_in_all(), failure_words(overview))});
  table.add({"cancelled", std::to_string(overview.cancelled)});
  table.add({"oldest due",
             overview.oldest_due ? fmt::format("{} ago, since {}",
                                               duration_words(picture.at - *overview.oldest_due),
                                               time_words(overview.oldest_due))
                                 : "nothing is due"});
  if (overview.next_due) {
    table.add({"next due",
               fmt::format("in {}, at {}",
                           duration_words(*overview.next_due - picture.at),
                           time_words(overview.next_due))});
  }
  if (overview.deadlines.empty()) {
    table.add({"deadlines", "none ahead"});
  }
  for (const auto& deadline : overview.deadlines) {
    table.add({&deadline == &overview.deadlines.front() ? "deadlines" : "",
               deadline_words(deadline, picture.at)});
  }
}

std::string daemon_words(const StatusPicture& picture, const Style& style) {
  const json::object& answer = picture.daemon.answer;
  if (!picture.daemon.is_there()) {
    return style.mark("not asked: " + printable(picture.daemon.reason), Emphasis::trouble);
  }
  auto words = fmt::format("{}, process {}, version {}",
                           truth_in(answer, "stopping") ? "stopping" : "running",
                           integer_in(answer, "pid").value_or(0),
                           printable(text_in(answer, "version").value_or("?")));
  if (const auto up = integer_in(answer, "up_ms")) {
    words += fmt::format(", up {}", duration_words(milliseconds{*up}));
  }
  return words;
}

std::string unfit_words(const json::object& destination) {
  auto words =
      fmt::format("unfit for {}: {}",
                  duration_words(milliseconds{integer_in(destination, "unfit_for_ms").value_or(0)}),
                  printable(text_in(destination, "reason").value_or("?")));
  if (const auto status = integer_in(destination, "http_status")) {
    words += fmt::format(" (HTTP {})", *status);
  } else if (const auto detail = text_in(destination, "detail"); detail && !detail->empty()) {
    words += fmt::format(" ({})", printable(*detail));
  }
  return words +
         fmt::format(
             "; next probe in {}",
             duration_words(milliseconds{integer_in(destination, "next_probe_in_ms").value_or(0)}));
}

/// What stands in the way, as the daemon sees it or as the file says.
void add_obstacles(Table& table, const StatusPicture& picture, const Style& style) {
  const json::object& answer = picture.daemon.answer;
  const auto trouble = [&table, &style](const char* name, const std::string& words) {
    table.add({name, style.mark(words, Emphasis::trouble)});
  };
  if (picture.paused || truth_in(answer, "paused")) {
    trouble("paused", "submission.enabled is false: nothing is claimed");
  }
  if (const auto blocked = text_in(answer, "blocked")) {
    trouble("blocked", printable(*blocked));
  }
  if (truth_in(answer, "clock_disputed")) {
    trouble("clock", "it was set: nothing is claimed until it has held still for ten seconds");
  }
  if (picture.daemon.is_there()) {
    const json::object destination = object_in(answer, "destination");
    if (truth_in(destination, "fit")) {
      table.add({"destination", style.mark("fit", Emphasis::good)});
    } else {
      trouble("destination", unfit_words(destination));
    }
  } else if (picture.overview.unfit_since) {
    trouble("destination", fmt::format("unfit since {}", time_words(picture.overview.unfit_since)));
  }
}

void add_pace(Table& table, const json::object& answer) {
  std::string rate = fmt::format("{:.1f} attempts/s", number_in(answer, "rate").value_or(0));
  const json::object times = object_in(answer, "response_ms");
  if (!times.empty()) {
    rate += fmt::format(", answers within {} ms (p50), {} ms (p90), {} ms (p99)",
                        std::max<std::int64_t>(integer_in(times, "p50").value_or(0), 1),
                        std::max<std::int64_t>(integer_in(times, "p90").value_or(0), 1),
                        std::max<std::int64_t>(integer_in(times, "p99").value_or(0), 1));
  }
  table.add({"rate", std::move(rate)});
  table.add({"in flight",
             fmt::format("{} of {} (at most {}); open {} of {}",
                         integer_in(answer, "in_flight").value_or(0),
                         integer_in(answer, "window").value_or(0),
                         integer_in(answer, "max_in_flight").value_or(0),
                         integer_in(answer, "open").value_or(0),
                         integer_in(answer, "max_open").value_or(0))});
  std::string outcomes;
  for (const auto& member : object_in(answer, "attempts")) {
    if (member.value().is_int64() && member.value().as_int64() > 0) {
      outcomes += fmt::format("{}{} {}",
                              outcomes.empty() ? "" : ", ",
                              member.value().as_int64(),
                              printable(std::string_view(member.key())));
    }
  }
  table.add({"attempts", outcomes.empty() ? "none since the start" : outcomes});
  table.add({"last success", text_in(answer, "last_success").value_or("none since the start")});
}

std::string limit_words(std::chrono::minutes limit) {
  return limit < std::chrono::minutes{60}
             ? fmt::format("<{}m", limit.count())
             : fmt::format("<{}h{:02}", limit.count() / 60, limit.count() % 60);
}

std::string ages_text(const queue::AgeProfile& ages, const Style& style) {
  std::vector<std::string> header{"waiting since", "total"};
  for (const auto limit : queue::kAgeLimits) {
    header.push_back(limit_words(limit));
  }
  header.emplace_back("older");
  Table table(std::move(header));
  const auto add = [&table](const char* name, const queue::AgeProfile::Buckets& buckets) {
    std::int64_t total = 0;
    std::vector<std::string> row{name, ""};
    for (const std::int64_t count : buckets) {
      total += count;
      row.push_back(count == 0 ? "." : std::to_string(count));
    }
    row[1] = std::to_string(total);
    table.add(std::move(row));
  };
  add("in line", ages.in_line);
  add("for their time", ages.waiting_for_time);
  add("for their customer", ages.waiting_for_customer);
  add("submitting", ages.submitting);
  const std::string text = table.take();
  const auto end = text.find('\n');
  return style.mark(text.substr(0, end), Emphasis::heading) + text.substr(end);
}

std::string failures_text(const json::object& answer, const Style& style) {
  const json::value* failures = answer.if_contains("failures");
  if (failures == nullptr || !failures->is_array() || failures->as_array().empty()) {
    return "";
  }
  Table table;
  for (const json::value& value : failures->as_array()) {
    if (value.is_object()) {
      const json::object& failure = value.as_object();
      table.add({printable(text_in(failure, "at").value_or("?")),
                 printable(text_in(failure, "failure").value_or("?")),
                 printable(text_in(failure, "reference").value_or("?")),
                 printable(text_in(failure, "detail").value_or(""))});
    }
  }
  return '\n' + style.mark("last failures", Emphasis::heading) + '\n' + table.take();
}

}  // namespace

std::string status_text(const StatusPicture& picture, const Style& style) {
  Table table;
  table.add({"queue", printable(picture.queue)});
  if (picture.daemon.is_there() || picture.ages) {
    table.add({"daemon", daemon_words(picture, style)});
  }
  add_obstacles(table, picture, style);
  if (picture.daemon.is_there()) {
    add_pace(table, picture.daemon.answer);
  }
  add_queue(table, picture);
  std::string text = table.take();
  if (picture.ages) {
    text += '\n' + ages_text(*picture.ages, style);
  }
  text += failures_text(picture.daemon.answer, style);
  if (!picture.daemon.is_there() && !picture.ages) {
    text += from_file_alone(picture.daemon);
  }
  return text;
}

}  // namespace rfi::daemon
