#include "rfi/queue/journal.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <system_error>

namespace rfi::queue {

std::string_view to_string(JournalMode mode) {
  return mode == JournalMode::wal ? "wal" : "rollback";
}

bool has_wal_reset_fix(int version) {
  const int minor = version / 1000 % 1000;
  const int patch = version % 1000;
  if (version >= 3'051'003) {
    return true;
  }
  return version / 1'000'000 == 3 && ((minor == 50 && patch >= 7) || (minor == 44 && patch >= 6));
}

int linked_sqlite_version() {
  return sqlite3_libversion_number();
}

std::variant<JournalMode, std::string> choose_journal(JournalChoice choice,
                                                      WalResetBug bug,
                                                      int sqlite_version) {
  switch (choice) {
    case JournalChoice::rollback:
      return JournalMode::rollback;
    case JournalChoice::automatic:
      return has_wal_reset_fix(sqlite_version) ? JournalMode::wal : JournalMode::rollback;
    case JournalChoice::wal:
      break;
  }
  if (has_wal_reset_fix(sqlite_version) || bug == WalResetBug::accept) {
    return JournalMode::wal;
  }
  return fmt::format(
      "queue.journal = \"wal\" is refused with SQLite {}.{}.{}, which can corrupt a WAL database "
      "(fixed in 3.51.3, 3.50.7 and 3.44.6): use \"auto\", or set queue.accept_wal_reset_bug = "
      "true",
      sqlite_version / 1'000'000,
      sqlite_version / 1000 % 1000,
      sqlite_version % 1000);
}

void set_journal(const Database& database, JournalMode mode) {
  const std::string wanted = mode == JournalMode::wal ? "wal" : "persist";
  const auto actual = database.text_of("PRAGMA journal_mode = " + wanted);
  if (actual != wanted) {
    // SQLite answers with the old mode, not with an error, when another connection prevents the
    // change.
    throw SqliteError(
        SQLITE_BUSY,
        fmt::format("cannot put queue {} into journal mode {}: it stays in {}; close all other "
                    "programs that have it open and start again",
                    database.path().string(),
                    wanted,
                    actual.value_or("no mode")));
  }
  database.execute("PRAGMA journal_size_limit = 4194304");
}

std::uintmax_t journal_bytes(const std::filesystem::path& queue) {
  std::uintmax_t bytes = 0;
  for (const auto* suffix : {"-journal", "-wal"}) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(queue.string() + suffix, missing);
    bytes = missing ? bytes : std::max(bytes, size);
  }
  return bytes;
}

}  // namespace rfi::queue
