#include "rfi/queue/session.hpp"

#include "rfi/queue/schema.hpp"

#include <stdexcept>

namespace rfi::queue {
namespace {

Database open_for_store(const std::filesystem::path& path,
                        JournalMode journal,
                        std::chrono::milliseconds busy_timeout) {
  if (const auto problem = schema_problem(inspect_schema(path), path)) {
    throw std::runtime_error(*problem);
  }
  Database database(path, OpenMode::read_write, busy_timeout);
  set_journal(database, journal);
  return database;
}

std::int64_t first_integer(Statement& statement) {
  auto rows = statement.query();
  return rows.next() ? rows.integer(0) : 0;
}

}  // namespace

Session::Session(const std::filesystem::path& path,
                 JournalMode journal,
                 std::chrono::milliseconds busy_timeout)
    : database_(open_for_store(path, journal, busy_timeout)),
      wal_(database_,
           has_wal_reset_fix(linked_sqlite_version()) ? CheckpointReach::end
                                                      : CheckpointReach::undisturbed),
      ledger_(database_),
      uploads_(database_),
      data_version_(database_, "PRAGMA data_version"),
      schema_version_(database_, "PRAGMA schema_version") {}

Line* Session::line() {
  const auto version = first_integer(schema_version_);
  if (version != verified_version_) {
    // ANALYZE and VACUUM raise the version too: what counts is the text.
    intact_ = schema_text(database_) == expected_schema_text();
    verified_version_ = version;
  }
  if (!intact_) {
    return nullptr;
  }
  if (!line_) {
    line_.emplace(database_);
  }
  return &*line_;
}

std::int64_t Session::data_version() {
  return first_integer(data_version_);
}

}  // namespace rfi::queue
