// What stands in the file: whose database it is, which version of the tables it has, and how to
// bring it up to date. The SQL is migrations/NNNN_*.sql, compiled into the binary.
#pragma once

#include "rfi/queue/sqlite.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace rfi::queue {

/// `PRAGMA application_id` of a queue: the letters RFIQ.
inline constexpr std::int64_t kApplicationId = 0x52464951;

enum class SchemaState {
  missing,   ///< there is no file
  empty,     ///< a database without tables
  outdated,  ///< a queue of an older version
  current,
  newer,   ///< a queue of a version this binary does not know: refused
  foreign  ///< not a queue, or not a database at all: refused
};

struct SchemaReport {
  SchemaState state = SchemaState::missing;
  std::int64_t version = 0;  ///< `PRAGMA user_version`
  bool operator==(const SchemaReport&) const = default;
};

/// The newest version this binary knows; it equals the number of the last migration.
[[nodiscard]] std::int64_t newest_schema_version();

/// Looks at an open database. Throws SqliteError when it cannot be read.
[[nodiscard]] SchemaReport inspect_schema(const Database& database);
/// Looks at a file without changing it, but for the rollback of a commit that a crash interrupted.
/// Throws SqliteError when it cannot be read.
[[nodiscard]] SchemaReport inspect_schema(const std::filesystem::path& path);

/// True for missing, empty and outdated: `migrate` has something to do.
[[nodiscard]] bool migration_needed(const SchemaReport& report);

/// One sentence that says why the queue cannot be used as it is and what to do; absent when it is
/// current.
[[nodiscard]] std::optional<std::string> schema_problem(const SchemaReport& report,
                                                        const std::filesystem::path& path);

/// Creates an empty file with mode 0660 whatever the umask, so that the journal gets the same; does
/// nothing when it exists. Throws std::system_error.
void create_database_file(const std::filesystem::path& path);

/// From which version to which the queue was brought; both the same when there was nothing to do.
struct Migrated {
  std::int64_t from = 0;
  std::int64_t to = 0;
};
/// The queue is not one this binary may touch; the sentence says why and what to do.
struct MigrationRefused {
  std::string reason;
};

/// Creates the queue or brings it up to date, each migration in a transaction of its own.
/// The caller holds the instance lock. Throws SqliteError or std::system_error when the file cannot
/// be written.
[[nodiscard]] std::variant<Migrated, MigrationRefused> migrate(const std::filesystem::path& path);

/// Opens a current queue for a command that works beside the daemon: it never changes the journal
/// mode and never checkpoints. The other alternative is the sentence of schema_problem(). Throws
/// SqliteError.
[[nodiscard]] std::variant<Database, std::string> open_queue(const std::filesystem::path& path,
                                                             OpenMode mode);

/// All definitions in the file in one text, ANALYZE's tables excepted.
[[nodiscard]] std::string schema_text(const Database& database);
/// What schema_text() gives for a queue that nobody has altered.
[[nodiscard]] const std::string& expected_schema_text();

}  // namespace rfi::queue
