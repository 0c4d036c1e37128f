// `run`: everything that must be right before the service starts, each with its exit code; then the
// service.
#include "app.hpp"
#include "commands/commands.hpp"
#include "exit_code.hpp"
#include "version.hpp"

#include "rfi/platform/client_secret.hpp"
#include "rfi/platform/duration_text.hpp"
#include "rfi/platform/events.hpp"
#include "rfi/queue/instance_lock.hpp"
#include "rfi/queue/queue_file.hpp"
#include "rfi/queue/schema.hpp"
#include "rfi/queue/soundness.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

namespace rfi::daemon {
namespace {

namespace event = platform::event;
using platform::Field;
using platform::Level;

/// Ends the start with a message and an exit code.
struct StartRefused {
  ExitCode code = ExitCode::failed;
  std::string message;
};

platform::Secret secret_of(const platform::Config& config) {
  auto loaded = platform::load_client_secret(config.auth);
  if (const auto* problem = std::get_if<platform::SecretProblem>(&loaded)) {
    throw StartRefused{ExitCode::bad_configuration, problem->message};
  }
  return std::get<platform::Secret>(std::move(loaded));
}

std::shared_ptr<api::TlsContext> tls_of(const platform::Config& config) {
  if (api_settings(config).transport.endpoint.scheme == api::Scheme::http) {
    return nullptr;
  }
  auto made = api::TlsContext::create(tls_settings(config));
  if (const auto* problem = std::get_if<api::TlsProblem>(&made)) {
    throw StartRefused{ExitCode::bad_configuration, problem->message};
  }
  return std::get<std::shared_ptr<api::TlsContext>>(std::move(made));
}

queue::InstanceLock lock_queue(const std::filesystem::path& queue) {
  auto lock = queue::InstanceLock::acquire(queue);
  if (!lock) {
    throw StartRefused{ExitCode::already_running,
                       queue.string() + ": another rfi-submitd has this queue (it holds " +
                           queue::lock_path(queue).string() + ")"};
  }
  return std::move(*lock);
}

queue::JournalMode journal_of(const platform::Config& config, const platform::Log& log) {
  const auto bug =
      config.queue.accept_wal_reset_bug ? queue::WalResetBug::accept : queue::WalResetBug::refuse;
  const int version = queue::linked_sqlite_version();
  const auto chosen = queue::choose_journal(journal_choice(config), bug, version);
  if (const auto* problem = std::get_if<std::string>(&chosen)) {
    throw StartRefused{ExitCode::bad_configuration, *problem};
  }
  const auto mode = std::get<queue::JournalMode>(chosen);
  if (mode == queue::JournalMode::wal && !queue::has_wal_reset_fix(version)) {
    log.write(
        Level::warning,
        event::kServiceStarted,
        {Field{
            "detail",
            "queue.journal is wal on an SQLite with the WAL-reset bug: the queue can be corrupted; "
            "accepted by queue.accept_wal_reset_bug"}});
  }
  return mode;
}

void migrate_queue(const std::filesystem::path& queue, const platform::Log& log) {
  const auto result = queue::migrate(queue);
  if (const auto* refused = std::get_if<queue::MigrationRefused>(&result)) {
    throw StartRefused{ExitCode::bad_configuration, refused->reason};
  }
  const auto& migrated = std::get<queue::Migrated>(result);
  if (migrated.from != migrated.to) {
    log.write(
        Level::info,
        event::kQueueMigrated,
        {Field{"queue", queue.string()}, Field{"from", migrated.from}, Field{"to", migrated.to}});
  }
}

/// Before anything is written: a damaged queue stays as it is, and nobody else's file is touched.
void check_queue_file(const std::filesystem::path& queue, const platform::Log& log) {
  if (auto reason = queue::second_name(queue)) {
    throw StartRefused{ExitCode::bad_configuration, *std::move(reason)};
  }
  auto soundness = queue::check_soundness(queue);
  if (soundness.state == queue::Soundness::State::damaged) {
    throw StartRefused{ExitCode::io_error, std::move(soundness.detail)};
  }
  if (!soundness.detail.empty()) {
    log.write(Level::warning, event::kServiceStarted, {Field{"detail", soundness.detail}});
  }
  if (soundness.bytes > 0) {
    const bool checked = soundness.state == queue::Soundness::State::sound;
    log.write(
        Level::debug,
        event::kServiceStarted,
        {Field{"detail", checked ? "the queue is sound" : "too large a queue to be read through"},
         Field{"queue_bytes", soundness.bytes},
         Field{"check_ms", soundness.took}});
  }
}

/// A lock passes by itself, so systemd may try again; the rest needs somebody to look at the disk.
ExitCode code_of(const queue::SqliteError& error) {
  return error.is_lock() ? ExitCode::unavailable : ExitCode::io_error;
}

/// RFI_SUBMITD_FREEZE="scheduler 5s" or "queue 5s": for the tests of the watchdog.
std::optional<Freeze> freeze_asked_for() {
  const char* asked = std::getenv("RFI_SUBMITD_FREEZE");  // NOLINT(concurrency-mt-unsafe)
  if (asked == nullptr) {
    return std::nullopt;
  }
  const std::string_view text = asked;
  const auto space = text.find(' ');
  const auto after = platform::parse_duration(text.substr(std::min(space, text.size() - 1) + 1));
  const bool queue = text.starts_with("queue ");
  if ((!queue && !text.starts_with("scheduler ")) || !after) {
    throw StartRefused{ExitCode::usage,
                       "RFI_SUBMITD_FREEZE must be `scheduler` or `queue` and a duration, such as "
                       "`scheduler 5s`"};
  }
  return Freeze{queue ? Freeze::Part::queue : Freeze::Part::scheduler, *after};
}

/// Goes before the App does: from then on nobody is left to obey a signal, and one that comes all
/// the same must not turn an orderly end into a death by it.
class DeafAfterwards {
 public:
  DeafAfterwards() = default;
  DeafAfterwards(const DeafAfterwards&) = delete;
  DeafAfterwards& operator=(const DeafAfterwards&) = delete;
  DeafAfterwards(DeafAfterwards&&) = delete;
  DeafAfterwards& operator=(DeafAfterwards&&) = delete;
  ~DeafAfterwards() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
      ::sigaddset(&signals, signal);
    }
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  }
};

void serve(const platform::Config& config,
           const RunOptions& options,
           const platform::Log& log,
           const platform::Clock& clock) {
  AppParts parts;
  parts.config = config;
  parts.config_path = options.config_path;
  parts.until = options.drain ? Until::drained : Until::stopped;
  parts.credentials = {config.auth.client_id, secret_of(config)};
  parts.tls = tls_of(config);
  parts.freeze = freeze_asked_for();
  const queue::InstanceLock lock = lock_queue(config.queue.path);
  parts.journal = journal_of(config, log);
  log.write(Level::info,
            event::kServiceStarted,
            {Field{"version", kVersion},
             Field{"config", options.config_path.string()},
             Field{"queue", config.queue.path.string()},
             Field{"journal", queue::to_string(parts.journal)}});
  check_queue_file(config.queue.path, log);
  migrate_queue(config.queue.path, log);
  App app{std::move(parts), log, clock};
  const DeafAfterwards deaf;
  app.run();
}

int refuse(const platform::Log& log, ExitCode code, const std::string& message) {
  log.write(Level::error, event::kServiceStopped, {Field{"detail", message}});
  log.flush();
  (void)std::fprintf(stderr, "rfi-submitd: %s\n", message.c_str());
  return static_cast<int>(code);
}

}  // namespace

int run(const platform::Config& config, const RunOptions& options) {
  const platform::SystemClock clock;
  const platform::Log log{{config.log.level, config.log.format}, clock};
  try {
    serve(config, options, log, clock);
  } catch (const StartRefused& refused) {
    return refuse(log, refused.code, refused.message);
  } catch (const queue::SqliteError& error) {
    return refuse(log, code_of(error), error.what());
  } catch (const std::system_error& error) {
    return refuse(log, ExitCode::cannot_create, error.what());
  } catch (const std::exception& error) {
    return refuse(log, ExitCode::failed, error.what());
  }
  log.write(Level::info, event::kServiceStopped);
  log.flush();
  return static_cast<int>(ExitCode::done);
}

}  // namespace rfi::daemon
