// SQLite as three values that clean up after themselves: Database, Statement (with its Cursor),
// Transaction. No tables are known here; what stands in the file is in schema.hpp and store.hpp.
#pragma once

#include "rfi/policy/utc_time.hpp"
#include "rfi/queue/busy_wait.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

struct sqlite3;
struct sqlite3_stmt;

namespace rfi::queue {

/// Any failure SQLite reports. The message says what was being done, to which file, and what to do.
class SqliteError : public std::runtime_error {
 public:
  SqliteError(int extended_code, const std::string& message)
      : std::runtime_error(message), code_(extended_code) {}

  /// The result code without its details: SQLITE_BUSY, SQLITE_CONSTRAINT, ...
  [[nodiscard]] int primary() const { return code_ & 0xff; }
  /// Another connection holds a lock: nothing was changed, and it passes.
  [[nodiscard]] bool is_lock() const;
  /// It may pass by itself or by an operator's hand. The rest (corruption above all) ends the
  /// daemon.
  [[nodiscard]] bool may_pass() const;
  /// The full result code: SQLITE_BUSY_SNAPSHOT, SQLITE_CONSTRAINT_UNIQUE, ...
  [[nodiscard]] int extended() const { return code_; }

 private:
  int code_;
};

/// What a connection may do with the file. No mode creates it: see create_database_file() in
/// schema.hpp.
enum class OpenMode { read_only, read_write };

/// A value on its way into a statement. Text and blobs are copied by SQLite when they are bound.
class Parameter {
 public:
  Parameter(std::nullptr_t) : value_(nullptr) {}
  template <std::integral Integer>
  Parameter(Integer value) : value_(static_cast<std::int64_t>(value)) {}
  Parameter(policy::UtcTime value) : value_(policy::unix_ms(value)) {}
  Parameter(std::string_view value) : value_(value) {}
  Parameter(const std::string& value) : value_(std::string_view(value)) {}
  Parameter(const char* value) : value_(std::string_view(value)) {}
  template <class Value>
  Parameter(const std::optional<Value>& value) : value_(nullptr) {
    if (value) {
      value_ = Parameter(*value).value_;
    }
  }

  void bind_to(sqlite3_stmt* statement, int position) const;

 private:
  std::variant<std::nullptr_t, std::int64_t, std::string_view> value_;
};

class Database;

/// The rows of one execution. Resets its statement at the end of its life, so that none outlives a
/// commit. Columns count from 0. Not copyable or movable: use it where it was made.
class Cursor {
 public:
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  ~Cursor();

  /// Steps to the next row; false when there is none.
  [[nodiscard]] bool next();

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  [[nodiscard]] std::optional<policy::UtcTime> optional_time(int column) const;
  /// The stored bytes, NUL and invalid UTF-8 included; valid until the next step.
  [[nodiscard]] std::string_view bytes(int column) const;
  [[nodiscard]] std::string text(int column) const { return std::string(bytes(column)); }

 private:
  friend class Statement;
  Cursor(sqlite3_stmt* statement, const Database& database)
      : statement_(statement), database_(&database) {}

  sqlite3_stmt* statement_;
  const Database* database_;
};

/// A prepared statement: prepare it once, run it often. Must not outlive its Database.
class Statement {
 public:
  Statement() = default;
  Statement(const Database& database, std::string_view sql);

  /// Binds the parameters and returns the rows.
  template <class... Parameters>
  [[nodiscard]] Cursor query(const Parameters&... parameters) {
    bind_all(std::index_sequence_for<Parameters...>{}, parameters...);
    return Cursor{statement_.get(), *database_};
  }

  /// Binds the parameters and runs to the end. Returns how many rows were changed, if the statement
  /// changes any.
  template <class... Parameters>
  std::int64_t run(const Parameters&... parameters) {
    auto cursor = query(parameters...);
    return run_to_end(cursor);
  }

  /// The same with the columns of a row, of any database, as its parameters.
  std::int64_t run_with(const Cursor& row);

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  template <std::size_t... Positions, class... Parameters>
  void bind_all(std::index_sequence<Positions...> /*unused*/, const Parameters&... parameters) {
    (Parameter(parameters).bind_to(statement_.get(), static_cast<int>(Positions) + 1), ...);
  }
  std::int64_t run_to_end(Cursor& cursor) const;

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  const Database* database_ = nullptr;
};

/// One connection, for one thread at a time. Triggers, views, double-quoted strings and extensions
/// are off, defensive mode is on, the schema is not trusted, every commit is synced: what somebody
/// planted in the file does not run. The address must not change while statements of it exist.
class Database {
 public:
  /// Throws SqliteError when the file cannot be opened; a file that may not be written fails in
  /// read_write.
  Database(const std::filesystem::path& path,
           OpenMode mode,
           std::chrono::milliseconds busy_timeout = std::chrono::seconds{10});

  /// A database of its own in memory, with the same settings.
  [[nodiscard]] static Database in_memory();

  /// Runs one or more statements and drops their rows.
  void execute(const std::string& sql) const;
  /// The first column of the first row of `sql`; absent when there is no row or it is NULL.
  [[nodiscard]] std::optional<std::int64_t> integer_of(std::string_view sql) const;
  [[nodiscard]] std::optional<std::string> text_of(std::string_view sql) const;

  [[nodiscard]] std::int64_t last_insert_rowid() const;
  /// Changes when another connection has committed; never by commits of this one.
  [[nodiscard]] std::int64_t data_version() const;
  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
  /// How long this connection waits for a lock.
  [[nodiscard]] BusyWait& busy_wait() const { return *busy_wait_; }

  /// Throws the SqliteError of the last call on this connection. `doing` completes "cannot ...".
  [[noreturn]] void fail(int code, std::string_view doing) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  void configure(OpenMode mode) const;

  std::filesystem::path path_;
  std::unique_ptr<BusyWait> busy_wait_;  ///< before the handle, which calls it
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A transaction that writes takes the lock at once: a deferred one that reads first cannot wait
/// for it later.
enum class TransactionKind { write, read };

/// BEGIN ... COMMIT. Rolls back at the end of its life unless commit() has succeeded;
/// never throws there.
class Transaction {
 public:
  explicit Transaction(const Database& database, TransactionKind kind = TransactionKind::write);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  /// Throws SqliteError; after an I/O error it is unknown whether the commit is in the file.
  void commit();

 private:
  const Database& database_;
  bool open_ = true;
};

}  // namespace rfi::queue
