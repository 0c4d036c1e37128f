// One connection of the store with all its statements. Thrown away and made anew after an I/O
// error.
#pragma once

#include "rfi/queue/journal.hpp"
#include "rfi/queue/ledger.hpp"
#include "rfi/queue/line.hpp"
#include "rfi/queue/sqlite.hpp"
#include "rfi/queue/upload_book.hpp"
#include "rfi/queue/wal_length.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace rfi::queue {

/// Not movable: the statements point at the database.
class Session {
 public:
  /// Opens the queue, verifies its version and puts the journal in place. Throws SqliteError, or
  /// std::runtime_error with a sentence when the file is not a current queue.
  Session(const std::filesystem::path& path,
          JournalMode journal,
          std::chrono::milliseconds busy_timeout);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() = default;

  [[nodiscard]] const Database& database() const { return database_; }
  [[nodiscard]] Ledger& ledger() { return ledger_; }
  [[nodiscard]] UploadBook& uploads() { return uploads_; }
  [[nodiscard]] WalLength& wal() { return wal_; }

  /// The statements of the line, or nothing when somebody has altered the schema: then no row may
  /// be claimed. Call it inside the transaction that uses them.
  [[nodiscard]] Line* line();

  /// Changes when another connection has committed.
  [[nodiscard]] std::int64_t data_version();

 private:
  Database database_;
  WalLength wal_;
  Ledger ledger_;
  UploadBook uploads_;
  std::optional<Line> line_;
  Statement data_version_;
  Statement schema_version_;
  std::optional<std::int64_t> verified_version_;
  bool intact_ = false;
};

}  // namespace rfi::queue
