#include "command_line.hpp"

#include "row_options.hpp"
#include "version.hpp"

#include "rfi/platform/clock.hpp"
#include "rfi/platform/duration_text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace rfi::daemon {
namespace {

constexpr const char* kExitCodes =
    R"(--config FILE may stand before the command or behind it.

Exit codes:
  0   done
  1   it failed; preview: the RFI would be refused
  64  usage
  65  bad input data: nothing was changed for what is named
  69  unavailable: no queue yet, or another process keeps it locked
  73  cannot create a file
  74  input or output error
  75  another rfi-submitd has the queue
  78  bad configuration
)";

constexpr std::chrono::milliseconds kShortestInterval{200};

constexpr const char* kEnqueueHelp = R"(Each document is a JSON object
  {"reference": ..., "customer_id": ..., "requested": [...], "documents": {...}}
with the optional members priority, not_before and deadline (Unix milliseconds or
RFC 3339). If the first document stands on one line the input is JSON Lines, else
documents may span lines. All go in within one transaction, or none. A reference that
is queued already is reported and left alone.
)";

constexpr const char* kPurgeHelp =
    R"(A running daemon does it between two commits, without one it is done on the file alone.

With --customer, of every finished RFI of the customer: documents, requested, and the
names and addresses of uploaded files are erased from the file and its journal. The
proof stays: reference, customer_id, times, attempts with the paths and the hash of what
was sent, hashes of files. RFIs that are pending or on their way are listed and left
alone (exit 1): cancel them or wait, then purge again. Backups are not touched; do not
make one at the same time. Files below upload.directory and logs are yours to keep.
)";

constexpr const char* kBackupHelp =
    R"(The queue is read a few milliseconds at a time, so neither the daemon nor producers wait.
The copy is of one moment, holds nothing that was erased, is checked as a whole, and
gets its name when it is safely on the disk.

To restore: stop the service, move the queue and its -journal, -wal and -shm away, and
  install -m 0660 -o rfi-submitd -g rfi-producer FILE /var/lib/rfi-submitd/queue.db
then start it. RFIs that were sent after the copy was made are pending in it. The API
refuses what is no longer open, but to be asked first set submission.reconcile =
"always" until the backlog is worked off.
)";

/// CLI11 takes -1 for a very large number, and a number that is too large for the largest.
std::string must_be_count(const std::string& text) {
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc{} && end == text.data() + text.size() ? ""
                                                                  : "must be a whole number from 0";
}

std::string must_not_be_empty(const std::string& text) {
  return text.empty() ? "must not be empty" : "";
}

/// The options of all commands, filled in place by CLI11; the one that was named is taken.
class CommandLine {
 public:
  CommandLine() {
    app_.name("rfi-submitd");
    app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
    app_.get_formatter()->label("Subcommands", "Commands");
    app_.require_subcommand(1);
    app_.set_version_flag("--version", fmt::format("rfi-submitd {}", kVersion));
    app_.set_help_flag("-h,--help", "Print this help and exit");
    app_.add_option("--config", config_path_, "The configuration file")
        ->type_name("FILE")
        ->capture_default_str();
    app_.footer(std::string("`rfi-submitd COMMAND --help` tells more.\n\n") + kExitCodes);
    add_service();
    add_intake();
    add_reading();
    add_operations();
    add_keeping();
  }

  std::variant<Invocation, ExitCode> parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& wanted) {
      app_.exit(wanted, std::cout, std::cerr);
      return std::cout.flush() ? ExitCode::done : ExitCode::io_error;
    } catch (const CLI::ParseError& error) {
      const auto named = named_command();
      complain(fmt::format("{}; `rfi-submitd{} --help` tells what there is",
                           named.empty() && error.get_name() == "RequiredError"
                               ? "which command?"
                               : one_line(error.what()),
                           named));
      return ExitCode::usage;
    }
    if (const char* contradiction = set_contradiction()) {
      complain(contradiction);
      return ExitCode::usage;
    }
    return Invocation{config_path_, chosen()};
  }

 private:
  CLI::App* add(const char* name, const char* description, const char* more = "") {
    auto* command = app_.add_subcommand(name, description);
    // --config may stand behind the command too.
    command->fallthrough();
    command->footer(std::string(more) + (*more != '\0' ? "\n" : "") + kExitCodes);
    return command;
  }

  static void add_json(CLI::App* command, Output& output) {
    command->add_flag_callback(
        "--json", [&output] { output = Output::json; }, "Print JSON, for programs");
  }

  static void add_set(CLI::App* command, CLI::Option* set, SetOptions& options) {
    command->add_flag("--dry-run", options.dry_run, "Say how many and which, change nothing")
        ->needs(set);
    command
        ->add_option("--expect",
                     options.expected,
                     "Change them only if they are so many; nobody is asked to confirm then")
        ->type_name("COUNT")
        ->check(must_be_count)
        ->needs(set);
  }

  /// What CLI11 cannot say: references or a set, one of the two.
  [[nodiscard]] const char* set_contradiction() const {
    if (retry_->parsed() && retry_options_.references.empty() != retry_options_.set.all) {
      return "retry: give references or --failed, one of the two";
    }
    if (cancel_->parsed() && cancel_options_.references.empty() != cancel_options_.set.all) {
      return "cancel: give references or --pending, one of the two";
    }
    return nullptr;
  }

  void add_service() {
    run_ = add("run", "The service: submits what is queued until it is stopped");
    run_->add_flag("--drain", run_options_.drain, "End once nothing is pending or submitting");
    migrate_ = add("migrate", "Create the queue or bring it up to date");
    add_json(migrate_, migrate_options_.output);
    check_ = add("check", "Could the service work? Looks at all that it needs, changes nothing");
    add_json(check_, check_options_.output);
  }

  void add_intake() {
    enqueue_ = add("enqueue", "Check JSON documents or JSON Lines and queue them", kEnqueueHelp);
    auto* files = enqueue_->add_option(
        "FILE", enqueue_options_.files, "Files to read; none, or -: standard input");
    files->type_name("");
    auto* webhook = enqueue_->add_option(
        "--webhook", enqueue_options_.webhook, "A customer.rfi event as it came");
    auto* documents = enqueue_->add_option(
        "--documents", enqueue_options_.documents, "The documents that answer the event");
    webhook->type_name("EVENT.json")->needs(documents)->excludes(files);
    documents->type_name("DOCS.json")->needs(webhook);
    add_json(enqueue_, enqueue_options_.output);
    preview_ = add("preview",
                   "Show the exact request that an RFI would send, what is withheld and what is "
                   "missing; sends nothing");
    preview_
        ->add_option("SUBJECT",
                     preview_options_.subject,
                     "A reference in the queue, or a file (or -) with one document")
        ->required()
        ->type_name("REFERENCE|FILE");
    add_json(preview_, preview_options_.output);
  }

  void add_reading() {
    status_ = add("status", "Counts by state, what is due, the daemon's rate and destination");
    auto* watch = status_->add_flag(
        "--watch", status_options_.watch, "Again and again, with ages; on a terminal q ends it");
    status_
        ->add_option_function<std::string>(
            "--interval",
            [this](const std::string& text) {
              const auto interval = platform::parse_duration(text);
              if (!interval || *interval < kShortestInterval) {
                throw CLI::ValidationError("--interval",
                                           "must be a duration of at least 200ms, such as 2s");
              }
              status_options_.interval = *interval;
            },
            "With --watch: the time between two pictures (2s)")
        ->type_name("DURATION")
        ->needs(watch);
    add_json(status_, status_options_.output);
    list_ = add("list", "RFIs, the newest first; pending ones in the order in which they wait");
    list_->add_option("--state", state_, "Only those in this state")
        ->check(CLI::IsMember({"pending", "submitting", "submitted", "failed", "cancelled"}));
    list_rows_.add_to(*list_);
    list_->add_option("--limit", list_options_.limit, "At most so many; 0: all")
        ->check(must_be_count)
        ->capture_default_str();
    add_json(list_, list_options_.output);
    show_ = add("show", "One RFI and everything that was done about it");
    show_->add_option("REFERENCE", show_options_.reference, "Its reference")
        ->required()
        ->type_name("");
    add_json(show_, show_options_.output);
    explain_ = add("explain", "Why an RFI has not been sent");
    explain_->add_option("REFERENCE", explain_options_.reference, "Its reference")
        ->required()
        ->type_name("");
    add_json(explain_, explain_options_.output);
  }

  void add_operations() {
    retry_ = add("retry",
                 "Put failed or cancelled RFIs back, after a fix or a change of policy",
                 "Attempts count from 0 again. Refused once the documents are erased or the "
                 "deadline is past.\n");
    retry_->add_option("REFERENCE", retry_options_.references, "References")->type_name("");
    auto* failed = retry_->add_flag(
        "--failed", retry_options_.set.all, "All failed RFIs, or those the options below mean");
    retry_rows_.add_to(*retry_, failed);
    add_set(retry_, failed, retry_options_.set);
    add_json(retry_, retry_options_.output);
    cancel_ = add("cancel", "Take pending RFIs out of the line");
    cancel_->add_option("REFERENCE", cancel_options_.references, "References")->type_name("");
    auto* pending = cancel_->add_flag(
        "--pending", cancel_options_.set.all, "All pending RFIs, or those the options below mean");
    cancel_rows_.add_to(*cancel_, pending);
    add_set(cancel_, pending, cancel_options_.set);
    add_json(cancel_, cancel_options_.output);
  }

  void add_keeping() {
    purge_ = add(
        "purge", "Apply [retention] now, or erase what is personal of one customer", kPurgeHelp);
    purge_
        ->add_option(
            "--customer", purge_options_.customer, "This customer's RFIs alone, of any age")
        ->type_name("UUID");
    add_json(purge_, purge_options_.output);
    backup_ = add("backup", "A verified copy of the queue while everybody works on", kBackupHelp);
    backup_->add_option("FILE", backup_options_.file, "The copy, mode 0600")
        ->required()
        ->check(must_not_be_empty)
        ->type_name("");
    backup_->add_flag_callback(
        "--replace",
        [this] { backup_options_.existing = Existing::replace; },
        "Replace a file that is there");
    add_json(backup_, backup_options_.output);
  }

  [[nodiscard]] std::string named_command() const {
    const auto named = app_.get_subcommands();
    return named.empty() ? "" : " " + named.front()->get_name();
  }

  static std::string one_line(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
      text.pop_back();
    }
    return printable(text);
  }

  CommandOptions chosen() {
    run_options_.config_path = config_path_;
    check_options_.config_path = config_path_;
    const auto now = platform::SystemClock().utc_now();
    list_options_.filter = list_rows_.filter(now);
    list_options_.filter.state = policy::rfi_state_from(state_);
    retry_options_.set.filter = retry_rows_.filter(now);
    retry_options_.set.filter.state = policy::RfiState::failed;
    cancel_options_.set.filter = cancel_rows_.filter(now);
    cancel_options_.set.filter.state = policy::RfiState::pending;
    if (list_options_.filter.failure && !list_options_.filter.state) {
      list_options_.filter.state = policy::RfiState::failed;
    }
    const auto* named = app_.get_subcommands().front();
    if (named == run_) {
      return run_options_;
    }
    if (named == migrate_) {
      return migrate_options_;
    }
    if (named == enqueue_) {
      return enqueue_options_;
    }
    if (named == preview_) {
      return preview_options_;
    }
    if (named == status_) {
      return status_options_;
    }
    if (named == list_) {
      return list_options_;
    }
    if (named == show_) {
      return show_options_;
    }
    if (named == explain_) {
      return explain_options_;
    }
    if (named == retry_) {
      return retry_options_;
    }
    if (named == cancel_) {
      return cancel_options_;
    }
    if (named == purge_) {
      return purge_options_;
    }
    if (named == backup_) {
      return backup_options_;
    }
    return check_options_;
  }

  CLI::App app_{
      "Submits requests for information (RFIs) to the customers API: each once, only what was "
      "asked for, and on record."};
  std::string config_path_ = "/etc/rfi-submitd/rfi-submitd.toml";
  std::string state_;
  RowOptions list_rows_;
  RowOptions retry_rows_;
  RowOptions cancel_rows_;
  CLI::App* run_ = nullptr;
  CLI::App* migrate_ = nullptr;
  CLI::App* enqueue_ = nullptr;
  CLI::App* preview_ = nullptr;
  CLI::App* status_ = nullptr;
  CLI::App* list_ = nullptr;
  CLI::App* show_ = nullptr;
  CLI::App* explain_ = nullptr;
  CLI::App* retry_ = nullptr;
  CLI::App* cancel_ = nullptr;
  CLI::App* purge_ = nullptr;
  CLI::App* backup_ = nullptr;
  CLI::App* check_ = nullptr;
  RunOptions run_options_;
  MigrateOptions migrate_options_;
  EnqueueOptions enqueue_options_;
  PreviewOptions preview_options_;
  StatusOptions status_options_;
  ListOptions list_options_;
  ShowOptions show_options_;
  ExplainOptions explain_options_;
  RetryOptions retry_options_;
  CancelOptions cancel_options_;
  PurgeOptions purge_options_;
  BackupOptions backup_options_;
  CheckOptions check_options_;
};

}  // namespace

std::variant<Invocation, ExitCode> parse_command_line(int argc, char** argv) {
  return CommandLine().parse(argc, argv);
}

}  // namespace rfi::daemon
