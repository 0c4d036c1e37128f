// Which journal the queue runs with, and why: SQLite from 3.7.0 to 3.51.2 can corrupt a WAL
// database when one process commits while another checkpoints, so a WAL is used only with a library
// that has the fix.
#pragma once

#include "rfi/queue/sqlite.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace rfi::queue {

/// `queue.journal`.
enum class JournalChoice { automatic, rollback, wal };

/// What the file runs with. `rollback` is SQLite's PERSIST: the journal's header is zeroed, not its
/// file removed.
enum class JournalMode { rollback, wal };

[[nodiscard]] std::string_view to_string(JournalMode mode);

/// True for 3.51.3 and later, 3.50.7 and later 3.50.x, 3.44.6 and later 3.44.x. `version` as
/// SQLITE_VERSION_NUMBER.
[[nodiscard]] bool has_wal_reset_fix(int version);

/// The version of the SQLite library in this process, as SQLITE_VERSION_NUMBER.
[[nodiscard]] int linked_sqlite_version();

enum class WalResetBug { refuse, accept };

/// Decides the mode. The other alternative says why `wal` is refused and what to do.
[[nodiscard]] std::variant<JournalMode, std::string> choose_journal(JournalChoice choice,
                                                                    WalResetBug bug,
                                                                    int sqlite_version);

/// Puts the open queue into that mode and verifies that it is. Throws SqliteError when another
/// process prevents it.
void set_journal(const Database& database, JournalMode mode);

/// Size of the journal or WAL beside the queue in bytes; 0 when there is none.
[[nodiscard]] std::uintmax_t journal_bytes(const std::filesystem::path& queue);

}  // namespace rfi::queue
