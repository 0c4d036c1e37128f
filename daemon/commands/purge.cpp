// `purge`: applies retention now, or erases what is personal of one customer. A running daemon does
// it between its exchanges; without one it is done here.
#include "commands/commands.hpp"
#include "commands/daemon_view.hpp"
#include "commands/queue_access.hpp"
#include "purge_answer.hpp"
#include "settings.hpp"

#include "rfi/allowlist/names.hpp"
#include "rfi/queue/retention_work.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <memory>
#include <thread>
#include <utility>

namespace rfi::daemon {
namespace {

namespace json = boost::json;

/// A large queue beside a busy service takes its time.
constexpr std::chrono::hours kPatience{24};
constexpr std::size_t kReferencesShown = 20;

std::unique_ptr<queue::RetentionWork> work_of(const platform::Config& config,
                                              const PurgeOptions& options) {
  if (!options.customer.empty()) {
    return std::make_unique<queue::CustomerErasure>(options.customer, now());
  }
  return std::make_unique<queue::ScheduledRetention>(retention_periods(config), now());
}

/// Others may use the queue meanwhile, a daemon too.
RetentionEnd purge_file(const platform::Config& config, const PurgeOptions& options) {
  const auto database = open_queue(config, queue::OpenMode::read_write);
  const auto work = work_of(config, options);
  while (const auto pause = work->step(database, policy::Traffic::idle)) {
    std::this_thread::sleep_for(*pause);
  }
  RetentionEnd end{work->report(), ""};
  if (end.report.schema_altered) {
    end.trouble =
        "the schema of the queue was altered by somebody: nothing is changed until it is again "
        "that of `rfi-submitd migrate`";
  }
  return end;
}

json::object purge_by_daemon_or_here(const platform::Config& config, const PurgeOptions& options) {
  json::object question;
  question["command"] = "purge";
  if (!options.customer.empty()) {
    question["customer"] = options.customer;
  }
  DaemonView daemon = ask(config, question, kPatience);
  if (daemon.is_there()) {
    daemon.answer.erase("ok");
    daemon.answer["by"] = "daemon";
    return std::move(daemon.answer);
  }
  json::object answer = purge_object(purge_file(config, options));
  answer["by"] = "command";
  answer["no_daemon"] = daemon.reason;
  return answer;
}

std::vector<std::string> pending_in(const json::object& answer) {
  std::vector<std::string> references;
  const json::value* pending = answer.if_contains("pending");
  if (pending != nullptr && pending->is_array()) {
    for (const json::value& reference : pending->as_array()) {
      if (reference.is_string()) {
        references.emplace_back(reference.as_string());
      }
    }
  }
  return references;
}

void say(const json::object& answer, const PurgeOptions& options) {
  const auto count = [&answer](std::string_view name) {
    return integer_in(answer, name).value_or(0);
  };
  print(fmt::format("{} RFIs erased{}, {} deleted, {} KiB given back\n",
                    count("erased"),
                    options.customer.empty() ? "" : " (documents, requested, names of files)",
                    count("deleted"),
                    count("freed_bytes") / 1024));
  if (const auto reason = text_in(answer, "no_daemon")) {
    print(fmt::format("Done on the queue's file alone: {}.\n", *reason));
  }
}

void complain_about_pending(const std::vector<std::string>& pending) {
  complain(fmt::format(
      "{} RFIs of this customer are pending or on their way and hold their documents: `rfi-submitd "
      "cancel` them, or wait until they are sent, then purge again",
      pending.size()));
  for (std::size_t shown = 0; shown < pending.size() && shown < kReferencesShown; ++shown) {
    complain("  " + printable(pending[shown]));
  }
}

}  // namespace

ExitCode purge(const platform::Config& config, const PurgeOptions& options) {
  if (!options.customer.empty() && !allowlist::is_uuid(options.customer)) {
    throw CommandFailure(ExitCode::usage, "--customer takes a UUID: 8-4-4-4-12 hexadecimal digits");
  }
  const json::object answer = purge_by_daemon_or_here(config, options);
  const auto pending = pending_in(answer);
  if (options.output == Output::json) {
    print(json::serialize(answer) + '\n');
  } else {
    say(answer, options);
  }
  if (!pending.empty()) {
    complain_about_pending(pending);
  }
  const auto trouble = text_in(answer, "trouble");
  if (trouble) {
    complain(*trouble);
  }
  return pending.empty() && !trouble ? ExitCode::done : ExitCode::failed;
}

}  // namespace rfi::daemon
