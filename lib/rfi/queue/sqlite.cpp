#include "rfi/queue/sqlite.hpp"

#include "rfi/queue/gathering_files.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <type_traits>

namespace rfi::queue {
namespace {

std::string_view advice_for(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "; another process holds the queue: look for a long transaction or an open sqlite3 "
             "shell";
    case SQLITE_FULL:
      return "; free space on the file system of the queue";
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return "; the user needs write permission on the file and on its directory";
    case SQLITE_CANTOPEN:
      return "; check that the file and its directory exist and may be read and written";
    case SQLITE_IOERR:
      return "; check the disk and the kernel's log";
    case SQLITE_CORRUPT:
      return "; stop all writers, keep a copy of the file, and restore it from a backup";
    case SQLITE_NOTADB:
      return "; the file is not an SQLite database: check the path";
    default:
      return "";
  }
}

/// A used-up quota, or a lack of room that shows at a sync only, is a full disk like any other.
int real_code(sqlite3* handle, int extended) {
  const int reason = (extended & 0xff) == SQLITE_IOERR ? sqlite3_system_errno(handle) : 0;
  return reason == ENOSPC || reason == EDQUOT ? SQLITE_FULL : extended;
}

[[noreturn]] void fail_with(sqlite3* handle,
                            int code,
                            const std::filesystem::path& path,
                            std::string_view doing) {
  const int extended = handle != nullptr ? sqlite3_extended_errcode(handle) : code;
  // The handle remembers the last call only; a code from elsewhere is described by itself.
  const bool same = handle != nullptr && (extended & 0xff) == (code & 0xff);
  const int reported = same ? real_code(handle, extended) : code;
  throw SqliteError(
      reported,
      fmt::format("cannot {} in queue {}: {} (SQLite {}){}",
                  doing,
                  path.string(),
                  same && reported == extended ? sqlite3_errmsg(handle) : sqlite3_errstr(reported),
                  reported,
                  advice_for(reported)));
}

}  // namespace

bool SqliteError::is_lock() const {
  return primary() == SQLITE_BUSY || primary() == SQLITE_LOCKED;
}

bool SqliteError::may_pass() const {
  switch (primary()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
      return true;
    default:
      return false;
  }
}

void Parameter::bind_to(sqlite3_stmt* statement, int position) const {
  const int code = std::visit(
      [&](const auto& value) {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::nullptr_t>) {
          return sqlite3_bind_null(statement, position);
        } else if constexpr (std::is_same_v<Value, std::int64_t>) {
          return sqlite3_bind_int64(statement, position, value);
        } else {
          // A null pointer would bind NULL, and an empty view may have one.
          return sqlite3_bind_text64(statement,
                                     position,
                                     value.data() != nullptr ? value.data() : "",
                                     value.size(),
                                     SQLITE_TRANSIENT,
                                     SQLITE_UTF8);
        }
      },
      value_);
  if (code != SQLITE_OK) {
    sqlite3* handle = sqlite3_db_handle(statement);
    const char* file = handle != nullptr ? sqlite3_db_filename(handle, "main") : nullptr;
    fail_with(handle, code, file != nullptr ? file : "", "bind a value");
  }
}

Cursor::~Cursor() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool Cursor::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code != SQLITE_DONE) {
    database_->fail(code, sqlite3_stmt_readonly(statement_) != 0 ? "read" : "write");
  }
  return false;
}

bool Cursor::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Cursor::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::optional<std::int64_t> Cursor::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<policy::UtcTime> Cursor::optional_time(int column) const {
  return is_null(column) ? std::nullopt : std::optional(policy::utc_from_unix_ms(integer(column)));
}

std::string_view Cursor::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data != nullptr ? std::string_view(static_cast<const char*>(data), size)
                         : std::string_view();
}

Statement::Statement(const Database& database, std::string_view sql) : database_(&database) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database.handle(),
                                      sql.data(),
                                      static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT,
                                      &statement,
                                      nullptr);
  statement_.reset(statement);
  if (code != SQLITE_OK) {
    database.fail(code, fmt::format("prepare `{}`", sql.substr(0, 60)));
  }
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

std::int64_t Statement::run_to_end(Cursor& cursor) const {
  while (cursor.next()) {
  }
  return sqlite3_stmt_readonly(statement_.get()) != 0 ? 0 : sqlite3_changes64(database_->handle());
}

std::int64_t Statement::run_with(const Cursor& row) {
  const int columns = sqlite3_column_count(row.statement_);
  for (int column = 0; column < columns; ++column) {
    const int code = sqlite3_bind_value(
        statement_.get(), column + 1, sqlite3_column_value(row.statement_, column));
    if (code != SQLITE_OK) {
      database_->fail(code, "bind a value");
    }
  }
  Cursor cursor{statement_.get(), *database_};
  return run_to_end(cursor);
}

namespace {

/// Once a process, before the first connection: SQLite keeps no statistics of its memory, for which
/// it takes a lock at every allocation. Where another part of the process was first it is left as
/// it is.
void configure_library() {
  [[maybe_unused]] static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

}  // namespace

Database::Database(const std::filesystem::path& path,
                   OpenMode mode,
                   std::chrono::milliseconds busy_timeout)
    : path_(path), busy_wait_(std::make_unique<BusyWait>(busy_timeout)) {
  const int flags = (mode == OpenMode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                    (path == ":memory:" ? SQLITE_OPEN_MEMORY : 0) | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_EXRESCODE;
  configure_library();
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, gathering_files());
  handle_.reset(handle);
  if (code != SQLITE_OK) {
    fail_with(handle, code, path_, "open the file");
  }
  configure(mode);
}

Database Database::in_memory() {
  return {":memory:", OpenMode::read_write};
}

void Database::configure(OpenMode mode) const {
  busy_wait_->attach_to(handle());
  constexpr std::array<std::pair<int, int>, 7> kSwitches{
      {{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
       {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
       {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
       {SQLITE_DBCONFIG_DQS_DML, 0},
       {SQLITE_DBCONFIG_DQS_DDL, 0},
       {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
       {SQLITE_DBCONFIG_DEFENSIVE, 1}}};
  for (const auto& [option, wanted] : kSwitches) {
    int actual = -1;
    const int code = sqlite3_db_config(handle(), option, wanted, &actual);
    if (code != SQLITE_OK || actual != wanted) {
      fail_with(handle(), SQLITE_MISUSE, path_, "set the safety switches of the connection");
    }
  }
  execute(
      "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
      "PRAGMA temp_store = MEMORY;");
  // SQLite opens a file it may not write as read-only without a word.
  if (mode == OpenMode::read_write && sqlite3_db_readonly(handle(), "main") != 0) {
    fail_with(nullptr, SQLITE_READONLY, path_, "write");
  }
}

void Database::execute(const std::string& sql) const {
  const int code = sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    fail(code, fmt::format("run `{}`", std::string_view(sql).substr(0, 60)));
  }
}

std::optional<std::int64_t> Database::integer_of(std::string_view sql) const {
  Statement statement(*this, sql);
  auto cursor = statement.query();
  return cursor.next() ? cursor.optional_integer(0) : std::nullopt;
}

std::optional<std::string> Database::text_of(std::string_view sql) const {
  Statement statement(*this, sql);
  auto cursor = statement.query();
  return cursor.next() && !cursor.is_null(0) ? std::optional(cursor.text(0)) : std::nullopt;
}

std::int64_t Database::last_insert_rowid() const {
  return sqlite3_last_insert_rowid(handle());
}

std::int64_t Database::data_version() const {
  return integer_of("PRAGMA data_version").value_or(0);
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle()) == 0;
}

void Database::fail(int code, std::string_view doing) const {
  fail_with(handle(), code, path_, doing);
}

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}

Transaction::Transaction(const Database& database, TransactionKind kind) : database_(database) {
  database_.execute(kind == TransactionKind::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  if (open_ && database_.in_transaction()) {
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace rfi::queue
