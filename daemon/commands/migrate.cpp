// `migrate`: creates the queue or brings it up to date, with no daemon on it meanwhile.
#include "commands/commands.hpp"
#include "output/json_writer.hpp"

#include "rfi/queue/instance_lock.hpp"
#include "rfi/queue/schema.hpp"

#include <fmt/format.h>

#include <system_error>
#include <variant>

namespace rfi::daemon {
namespace {

void say(const platform::Config& config, const queue::Migrated& migrated, Output output) {
  const auto path = config.queue.path.string();
  if (output == Output::json) {
    JsonWriter json;
    json.begin_object().member("queue", path);
    json.member("from", migrated.from).member("to", migrated.to).end_object();
    print(json.take() + '\n');
  } else if (migrated.from == migrated.to) {
    print(fmt::format("{} has version {}: nothing to do\n", path, migrated.to));
  } else if (migrated.from == 0) {
    print(fmt::format("{} created with version {}\n", path, migrated.to));
  } else {
    print(fmt::format("{} upgraded from version {} to {}\n", path, migrated.from, migrated.to));
  }
}

queue::InstanceLock lock(const std::filesystem::path& path) {
  auto held = [&path] {
    try {
      return queue::InstanceLock::acquire(path);
    } catch (const std::system_error& error) {
      throw CommandFailure(ExitCode::cannot_create, error.what());
    }
  }();
  if (!held) {
    throw CommandFailure(
        ExitCode::already_running,
        fmt::format("another rfi-submitd has the queue {} (it holds {}): stop it first",
                    path.string(),
                    queue::lock_path(path).string()));
  }
  return *std::move(held);
}

queue::Migrated migrate_file(const std::filesystem::path& path) {
  try {
    const auto result = queue::migrate(path);
    if (const auto* refused = std::get_if<queue::MigrationRefused>(&result)) {
      throw CommandFailure(ExitCode::bad_configuration, refused->reason);
    }
    return std::get<queue::Migrated>(result);
  } catch (const std::system_error& error) {
    throw CommandFailure(ExitCode::cannot_create, error.what());
  }
}

}  // namespace

ExitCode migrate_queue(const platform::Config& config, Output output) {
  const auto& path = config.queue.path;
  const auto report = queue::inspect_schema(path);
  if (!queue::migration_needed(report)) {
    if (const auto problem = queue::schema_problem(report, path)) {
      throw CommandFailure(ExitCode::bad_configuration, *problem);
    }
    say(config, {.from = report.version, .to = report.version}, output);
    return ExitCode::done;
  }
  const auto held = lock(path);
  say(config, migrate_file(path), output);
  return ExitCode::done;
}

}  // namespace rfi::daemon
