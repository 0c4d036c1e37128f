// The part of `check` that needs no network.
#include "commands/check_line.hpp"
#include "commands/queue_access.hpp"
#include "output/words.hpp"
#include "settings.hpp"

#include "rfi/api/endpoint.hpp"
#include "rfi/api/tls_context.hpp"
#include "rfi/platform/client_secret.hpp"
#include "rfi/queue/journal.hpp"
#include "rfi/queue/schema.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <unistd.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <optional>
#include <system_error>
#include <variant>

namespace rfi::daemon {
namespace {

// Outcomes of what is in flight must still find room.
constexpr std::uintmax_t kEnoughSpace = std::uintmax_t{64} * 1024 * 1024;

CheckLine ok(std::string name, std::string detail) {
  return {std::move(name), CheckResult::ok, std::move(detail)};
}

CheckLine problem(std::string name, std::string detail) {
  return {std::move(name), CheckResult::problem, std::move(detail)};
}

CheckLine check_secret(const platform::Config& config) {
  const auto loaded = platform::load_client_secret(config.auth);
  if (const auto* found = std::get_if<platform::SecretProblem>(&loaded)) {
    return problem("secret", found->message);
  }
  return ok("secret", "readable by its owner alone");
}

std::filesystem::path directory_of(const std::filesystem::path& queue) {
  return queue.has_parent_path() ? queue.parent_path() : std::filesystem::path(".");
}

CheckLine check_missing_queue(const std::filesystem::path& path) {
  const auto directory = directory_of(path);
  if (::access(directory.c_str(), W_OK | X_OK) != 0) {
    return problem(
        "queue",
        fmt::format("there is no queue at {}, and it cannot be created: {} {}",
                    path.string(),
                    directory.string(),
                    std::filesystem::exists(directory) ? "may not be written" : "does not exist"));
  }
  return ok("queue", fmt::format("{} will be created by `run` or `migrate`", path.string()));
}

CheckLine check_open_queue(const std::filesystem::path& path) {
  auto opened = queue::open_queue(path, queue::OpenMode::read_write);
  if (const auto* refused = std::get_if<std::string>(&opened)) {
    return problem("queue", *refused);
  }
  const auto& database = std::get<queue::Database>(opened);
  if (queue::schema_text(database) != queue::expected_schema_text()) {
    return problem(
        "queue",
        fmt::format("the tables, indexes or triggers of {} have been altered: the daemon "
                    "claims nothing until they are as `migrate` made them",
                    path.string()));
  }
  return ok("queue",
            fmt::format("{}, version {}, journal mode {}",
                        path.string(),
                        queue::newest_schema_version(),
                        database.text_of("PRAGMA journal_mode").value_or("unknown")));
}

CheckLine check_queue(const std::filesystem::path& path) {
  const auto report = queue::inspect_schema(path);
  if (report.state == queue::SchemaState::missing) {
    return check_missing_queue(path);
  }
  if (queue::migration_needed(report)) {
    return ok("queue",
              fmt::format("{} has version {} and will be brought to {} by `run` or `migrate`",
                          path.string(),
                          report.version,
                          queue::newest_schema_version()));
  }
  return check_open_queue(path);
}

CheckLine check_journal(const platform::Config& config) {
  const int version = queue::linked_sqlite_version();
  const auto bug =
      config.queue.accept_wal_reset_bug ? queue::WalResetBug::accept : queue::WalResetBug::refuse;
  const auto chosen = queue::choose_journal(journal_choice(config), bug, version);
  if (const auto* refused = std::get_if<std::string>(&chosen)) {
    return problem("journal", *refused);
  }
  const auto mode = std::get<queue::JournalMode>(chosen);
  auto words = fmt::format("{} with SQLite {}", queue::to_string(mode), sqlite3_libversion());
  if (!queue::has_wal_reset_fix(version)) {
    words += mode == queue::JournalMode::wal
                 ? ", which can corrupt a WAL: accepted by queue.accept_wal_reset_bug"
                 : ", which can corrupt a WAL, so none is used";
  }
  return ok("journal", words);
}

CheckLine check_space(const std::filesystem::path& path) {
  std::error_code error;
  const auto space = std::filesystem::space(directory_of(path), error);
  if (error) {
    return problem("space",
                   fmt::format("cannot ask for the free space of {}: {}",
                               directory_of(path).string(),
                               error.message()));
  }
  const auto words = fmt::format("{} MiB free at {}",
                                 space.available / (std::uintmax_t{1024} * 1024),
                                 directory_of(path).string());
  return space.available >= kEnoughSpace ? ok("space", words)
                                         : problem("space", words + ": make room, at least 64 MiB");
}

CheckLine check_clock() {
  using namespace std::chrono_literals;
  const auto time = now();
  const auto year = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(time)).year();
  const bool plausible = year >= 2024y && year < 2100y;
  return plausible ? ok("clock", time_words(time))
                   : problem("clock", time_words(time) + " cannot be right: set the clock");
}

CheckLine check_tls(const platform::Config& config) {
  const auto endpoint = api::parse_endpoint(config.api.base_url);
  if (!endpoint) {
    return problem("tls", "api.base_url is no URL");
  }
  if (endpoint->scheme == api::Scheme::http) {
    return ok("tls", "none: api.base_url is plain http to this machine");
  }
  const auto context = api::TlsContext::create(tls_settings(config));
  if (const auto* found = std::get_if<api::TlsProblem>(&context)) {
    return problem("tls", found->message);
  }
  return ok("tls",
            config.api.ca_file.empty()
                ? "the system's certificates"
                : fmt::format("certificates from {}", config.api.ca_file.string()));
}

CheckLine check_uploads(const platform::Config& config) {
  if (config.upload.directory.empty()) {
    return ok("uploads", "none: upload.directory is not set");
  }
  if (const auto fault = upload::directory_fault(upload_settings(config))) {
    return problem("uploads",
                   fmt::format("{} ({}): no RFI with a file given by path can be sent",
                               *fault,
                               config.upload.directory.string()));
  }
  const bool deletes = config.upload.delete_after == platform::DeleteAfter::submitted;
  if (deletes && ::access(config.upload.directory.c_str(), W_OK) != 0) {
    return problem("uploads",
                   fmt::format("{} may not be written, and upload.delete_after is \"submitted\"",
                               config.upload.directory.string()));
  }
  return ok("uploads",
            fmt::format("{}, files of at most {} bytes{}",
                        config.upload.directory.string(),
                        config.upload.max_file_bytes,
                        deletes ? ", deleted once submitted" : ""));
}

// A check that cannot even look has found a problem.
template <class Check>
CheckLine guarded(const char* name, const Check& check) {
  try {
    return check();
  } catch (const std::exception& error) {
    return problem(name, error.what());
  }
}

}  // namespace

std::vector<CheckLine> check_machine(const platform::Config& config) {
  const auto& path = config.queue.path;
  return {guarded("secret", [&] { return check_secret(config); }),
          guarded("queue", [&] { return check_queue(path); }),
          guarded("journal", [&] { return check_journal(config); }),
          guarded("space", [&] { return check_space(path); }),
          guarded("uploads", [&] { return check_uploads(config); }),
          guarded("clock", [] { return check_clock(); }),
          guarded("tls", [&] { return check_tls(config); })};
}

}  // namespace rfi::daemon
