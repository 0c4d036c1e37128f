#include "rfi/queue/schema.hpp"

#include "rfi/queue/migrations.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace rfi::queue {
namespace {

void apply(const Database& database, std::int64_t version) {
  database.execute(std::string(migrations()[static_cast<std::size_t>(version)]));
  database.execute(fmt::format(
      "PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, version + 1));
}

}  // namespace

std::int64_t newest_schema_version() {
  return static_cast<std::int64_t>(migrations().size());
}

SchemaReport inspect_schema(const Database& database) {
  const auto application = database.integer_of("PRAGMA application_id").value_or(0);
  const auto version = database.integer_of("PRAGMA user_version").value_or(0);
  const bool has_tables = database.integer_of("SELECT 1 FROM sqlite_schema LIMIT 1").has_value();
  if (application == 0 && version == 0 && !has_tables) {
    return {.state = SchemaState::empty, .version = 0};
  }
  if (application != kApplicationId || version < 1) {
    return {.state = SchemaState::foreign, .version = version};
  }
  const auto newest = newest_schema_version();
  if (version == newest) {
    return {.state = SchemaState::current, .version = version};
  }
  return {.state = version < newest ? SchemaState::outdated : SchemaState::newer,
          .version = version};
}

SchemaReport inspect_schema(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    return {.state = SchemaState::missing, .version = 0};
  }
  try {
    return inspect_schema(Database(path, OpenMode::read_only));
  } catch (const SqliteError& error) {
    if (error.primary() == SQLITE_NOTADB) {
      return {.state = SchemaState::foreign, .version = 0};
    }
    if (error.primary() != SQLITE_READONLY) {
      throw;
    }
  }
  // A commit that a crash has interrupted must be rolled back before anybody can read.
  return inspect_schema(Database(path, OpenMode::read_write));
}

bool migration_needed(const SchemaReport& report) {
  return report.state == SchemaState::missing || report.state == SchemaState::empty ||
         report.state == SchemaState::outdated;
}

std::optional<std::string> schema_problem(const SchemaReport& report,
                                          const std::filesystem::path& path) {
  switch (report.state) {
    case SchemaState::current:
      return std::nullopt;
    case SchemaState::missing:
      return fmt::format("there is no queue at {}: create it with `rfi-submitd migrate`",
                         path.string());
    case SchemaState::empty:
      return fmt::format("{} is empty: make it a queue with `rfi-submitd migrate`", path.string());
    case SchemaState::outdated:
      return fmt::format(
          "the queue {} has version {}, this program needs {}: stop the service and run "
          "`rfi-submitd migrate`",
          path.string(),
          report.version,
          newest_schema_version());
    case SchemaState::newer:
      return fmt::format(
          "the queue {} has version {}, newer than the {} this program knows: use the program that "
          "upgraded it",
          path.string(),
          report.version,
          newest_schema_version());
    case SchemaState::foreign:
      return fmt::format("{} is not a queue of rfi-submitd and is left alone: check queue.path",
                         path.string());
  }
  return std::nullopt;
}

void create_database_file(const std::filesystem::path& path) {
  // Closing a descriptor would drop the locks of a connection this process has on the file; a new
  // file has none.
  const int descriptor = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0660);
  if (descriptor < 0) {
    if (errno == EEXIST) {
      return;
    }
    throw std::system_error(errno,
                            std::generic_category(),
                            fmt::format("cannot create the queue {}; check that its directory "
                                        "exists and may be written",
                                        path.string()));
  }
  const int failure = ::fchmod(descriptor, 0660) == 0 ? 0 : errno;
  ::close(descriptor);
  if (failure != 0) {
    throw std::system_error(failure,
                            std::generic_category(),
                            fmt::format("cannot set the mode of the queue {}", path.string()));
  }
}

std::variant<Migrated, MigrationRefused> migrate(const std::filesystem::path& path) {
  const auto found = inspect_schema(path);
  if (!migration_needed(found)) {
    if (auto problem = schema_problem(found, path)) {
      return MigrationRefused{*std::move(problem)};
    }
    return Migrated{.from = found.version, .to = found.version};
  }
  create_database_file(path);
  const Database database(path, OpenMode::read_write);
  if (found.state != SchemaState::outdated) {
    // What retention frees can go back to the file system. It holds only if it is said before the
    // first table; a queue made without it keeps its free pages for new rows.
    database.execute("PRAGMA auto_vacuum = INCREMENTAL");
  }
  for (auto version = found.version; version < newest_schema_version(); ++version) {
    Transaction transaction(database);
    // Another process may have been here since: what was decided above is checked under the lock.
    const auto now = inspect_schema(database);
    if (now.version != version || !migration_needed(now)) {
      return MigrationRefused{fmt::format(
          "the queue {} was changed by another process while it was upgraded: run it again",
          path.string())};
    }
    apply(database, version);
    transaction.commit();
  }
  return Migrated{.from = found.version, .to = newest_schema_version()};
}

std::variant<Database, std::string> open_queue(const std::filesystem::path& path, OpenMode mode) {
  if (auto problem = schema_problem(inspect_schema(path), path)) {
    return *std::move(problem);
  }
  Database database(path, mode);
  // In a WAL the daemon is the only one that checkpoints: see the WAL-reset defect of SQLite
  // before 3.51.3.
  database.execute("PRAGMA wal_autocheckpoint = 0");
  sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (mode == OpenMode::read_write &&
      database.text_of("PRAGMA journal_mode").value_or("") != "wal") {
    database.execute("PRAGMA journal_mode = PERSIST");
  }
  return database;
}

std::string schema_text(const Database& database) {
  Statement statement(database,
                      "SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_schema "
                      "WHERE name NOT GLOB 'sqlite_stat*' AND tbl_name NOT GLOB 'sqlite_stat*' "
                      "ORDER BY type, name");
  std::string text;
  auto rows = statement.query();
  while (rows.next()) {
    for (int column = 0; column < 4; ++column) {
      text += rows.bytes(column);
      text += '\n';
    }
  }
  return text;
}

const std::string& expected_schema_text() {
  static const std::string text = [] {
    const auto database = Database::in_memory();
    for (std::int64_t version = 0; version < newest_schema_version(); ++version) {
      apply(database, version);
    }
    return schema_text(database);
  }();
  return text;
}

}  // namespace rfi::queue
