// `explain`: why an RFI has not been sent, as the queue's file, the configuration and the running
// daemon know it.
#include "commands/commands.hpp"
#include "commands/daemon_view.hpp"
#include "commands/queue_access.hpp"
#include "output/json_writer.hpp"

#include "rfi/queue/lookup.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rfi::daemon {
namespace {

/// `code` is for programs and stays the same; `words` are for people.
struct Reason {
  std::string_view code;
  std::string words;
};

/// What the row, its customer and the destination say.
struct Situation {
  queue::RfiRow row;
  std::optional<queue::AttemptRow> last_attempt;
  std::optional<std::string> customers_open_rfi;
  std::optional<policy::UtcTime> unfit_since;
  std::int64_t open_rows = 0;
  DaemonView daemon;
};

Situation look(const queue::Database& database,
               const platform::Config& config,
               const std::string& reference) {
  queue::Lookup lookup(database);
  Situation situation;
  situation.row = require_row(lookup, reference, config);
  std::int64_t number = 0;
  for (;;) {
    auto page = lookup.attempts(situation.row.id, number, 256);
    if (page.empty()) {
      break;
    }
    number = page.back().number;
    situation.last_attempt = std::move(page.back());
  }
  const auto open = lookup.submitting_of(situation.row.customer_id);
  if (open && open->id != situation.row.id) {
    situation.customers_open_rfi = open->reference;
  }
  if (const auto since = database.integer_of(
          "SELECT started_at FROM unfit_period WHERE ended_at IS NULL LIMIT 1")) {
    situation.unfit_since = policy::utc_from_unix_ms(*since);
  }
  situation.open_rows = database
                            .integer_of(
                                "SELECT count(*) FROM rfi INDEXED BY rfi_open "
                                "WHERE state = 'submitting'")
                            .value_or(0);
  boost::json::object question;
  question["command"] = "explain";
  question["reference"] = reference;
  situation.daemon = ask(config, question);
  return situation;
}

std::string until(policy::UtcTime time, policy::UtcTime now_time) {
  return fmt::format("{}, in {}", time_words(time), duration_words(time - now_time));
}

Reason finished(const queue::RfiRow& row) {
  const auto at = time_words(row.finished_at);
  const auto detail = row.detail ? ": " + printable(*row.detail) : std::string();
  if (row.state == "submitted") {
    return {"submitted", fmt::format("It was submitted at {}.", at)};
  }
  if (row.state == "cancelled") {
    return {"cancelled",
            fmt::format("It was cancelled{}; `rfi-submitd retry` puts it back.",
                        row.finished_at ? " at " + at : "")};
  }
  return {"failed",
          fmt::format("It failed at {} ({}){}. After a fix, `rfi-submitd retry` puts it back.",
                      at,
                      row.failure.value_or("?"),
                      detail)};
}

Reason being_submitted(const Situation& situation) {
  const auto& attempt = situation.last_attempt;
  if (attempt && !attempt->finished_at) {
    if (const auto ahead = integer_in(situation.daemon.answer, "ahead_for_the_wire")) {
      return {"waits_for_the_wire",
              fmt::format("Attempt {} is on record since {} and waits for its turn on the wire: {} "
                          "go before it, {} may be in flight at a time.",
                          attempt->number,
                          time_words(attempt->started_at),
                          *ahead,
                          integer_in(situation.daemon.answer, "window").value_or(0))};
    }
    return {"submitting",
            fmt::format("Attempt {} is under way since {}{}.",
                        attempt->number,
                        time_words(attempt->started_at),
                        situation.daemon.is_there()
                            ? ""
                            : "; no daemon was asked: if none runs, the next one closes it as "
                              "unknown and looks at the customer first")};
  }
  return {"submitting", "It is being submitted."};
}

std::string unfit_words(const Situation& situation) {
  const auto destination = object_in(situation.daemon.answer, "destination");
  const auto why = text_in(destination, "reason");
  const auto probe = integer_in(destination, "next_probe_in_ms");
  return fmt::format(
      "The destination is unfit since {}{}: it is probed with one row at a time{}.",
      time_words(situation.unfit_since),
      why ? fmt::format(" ({})", printable(*why)) : "",
      probe ? fmt::format(", next in {}", duration_words(std::chrono::milliseconds{*probe})) : "");
}

/// What holds back all rows alike.
void add_what_the_daemon_knows(std::vector<Reason>& reasons, const Situation& situation) {
  const auto& answer = situation.daemon.answer;
  if (truth_in(answer, "stopping")) {
    reasons.push_back({"stopping", "The daemon is stopping: it claims nothing more."});
  }
  if (const auto blocked = text_in(answer, "blocked")) {
    reasons.push_back(
        {"blocked", fmt::format("The daemon cannot use the queue: {}.", printable(*blocked))});
  }
  if (truth_in(answer, "clock_disputed")) {
    reasons.push_back({"clock",
                       "The machine's clock was set: nothing is claimed until it has held still "
                       "for ten seconds."});
  }
  if (situation.unfit_since) {
    reasons.push_back({"destination_unfit", unfit_words(situation)});
  }
  if (!situation.daemon.is_there()) {
    reasons.push_back({"no_daemon",
                       fmt::format("Not asked: {}. Nothing is sent while none runs.",
                                   printable(situation.daemon.reason))});
  }
}

std::vector<Reason> reasons_to_wait(const Situation& situation,
                                    const platform::Config& config,
                                    policy::UtcTime now_time) {
  const auto& row = situation.row;
  std::vector<Reason> reasons;
  if (row.deadline && *row.deadline <= now_time) {
    reasons.push_back({"deadline_past",
                       fmt::format("Its deadline passed at {}: it will not be sent and becomes "
                                   "failed (expired) as soon as a daemon sees it.",
                                   time_words(row.deadline))});
  }
  if (!config.submission.enabled) {
    reasons.push_back(
        {"paused",
         "Paused: submission.enabled is false in the configuration, nothing is claimed."});
  }
  if (row.not_before && *row.not_before > now_time) {
    reasons.push_back(
        {"not_before",
         fmt::format("Its producer asked for not before {}.", until(*row.not_before, now_time))});
  }
  if (row.next_attempt_at && *row.next_attempt_at > now_time) {
    const auto outcome = situation.last_attempt && situation.last_attempt->outcome
                             ? fmt::format(" after attempt {} ended {}",
                                           situation.last_attempt->number,
                                           printable(*situation.last_attempt->outcome))
                             : std::string();
    reasons.push_back(
        {"backoff",
         fmt::format("Backoff{}: next at {}.", outcome, until(*row.next_attempt_at, now_time))});
  }
  if (situation.customers_open_rfi) {
    reasons.push_back({"customer_busy",
                       fmt::format("Its customer is busy with \"{}\": never two requests for one "
                                   "customer at a time.",
                                   printable(*situation.customers_open_rfi))});
  } else if (row.waiting_for == "customer") {
    reasons.push_back({"customer_busy", "Another RFI of its customer goes first."});
  }
  add_what_the_daemon_knows(reasons, situation);
  if (situation.open_rows >= static_cast<std::int64_t>(config.submission.max_open)) {
    reasons.push_back({"limit",
                       fmt::format("{} rows are open, as many as submission.max_open allows.",
                                   situation.open_rows)});
  }
  return reasons;
}

std::vector<Reason> reasons_of(const Situation& situation,
                               const platform::Config& config,
                               policy::UtcTime now_time) {
  if (situation.row.state == "submitting") {
    return {being_submitted(situation)};
  }
  if (situation.row.state != "pending") {
    return {finished(situation.row)};
  }
  auto reasons = reasons_to_wait(situation, config, now_time);
  if (reasons.empty()) {
    reasons.push_back({"in_line",
                       "Nothing holds it back: it is due and waits for its turn. If that lasts, "
                       "see that the service runs."});
  }
  return reasons;
}

}  // namespace

ExitCode explain(const platform::Config& config, const ReferenceOptions& options) {
  const auto database = open_queue(config, queue::OpenMode::read_only);
  const auto situation = look(database, config, options.reference);
  const auto reasons = reasons_of(situation, config, now());
  if (options.output == Output::json) {
    JsonWriter json;
    json.begin_object().member("reference", situation.row.reference);
    json.member("state", situation.row.state).name("reasons").begin_array();
    for (const auto& reason : reasons) {
      json.begin_object().member("code", reason.code).member("text", reason.words).end_object();
    }
    json.end_array().name("daemon");
    if (situation.daemon.is_there()) {
      json.raw(boost::json::serialize(situation.daemon.answer));
    } else {
      json.raw("null").member("daemon_not_asked", situation.daemon.reason);
    }
    json.end_object();
    print(json.take() + '\n');
    return ExitCode::done;
  }
  std::string text =
      fmt::format("{} is {}.\n", printable(situation.row.reference), situation.row.state);
  for (const auto& reason : reasons) {
    text += fmt::format("  {}\n", reason.words);
  }
  if (!situation.daemon.is_there()) {
    text += from_file_alone(situation.daemon);
  }
  print(text);
  return ExitCode::done;
}

}  // namespace rfi::daemon
