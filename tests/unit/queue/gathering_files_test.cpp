#include "rfi/queue/gathering_files.hpp"

#include "support/file_size_limit.hpp"
#include "support/temporary_directory.hpp"

#include "rfi/queue/sqlite.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace rfi::queue::test {
namespace {

namespace fs = std::filesystem;

fs::path made(const fs::path& path) {
  std::ofstream{path}.close();
  return path;
}

/// Of this process so far: calls, not bytes.
std::int64_t write_calls() {
  std::ifstream io("/proc/self/io");
  std::string name;
  std::int64_t value = 0;
  while (io >> name >> value) {
    if (name == "syscw:") {
      return value;
    }
  }
  return -1;
}

/// A connection of somebody else: SQLite's own files.
class Plain {
 public:
  explicit Plain(const fs::path& path) {
    sqlite3* handle = nullptr;
    EXPECT_EQ(sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
    handle_.reset(handle);
  }
  void execute(const std::string& sql) const {
    EXPECT_EQ(sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sql << ": " << sqlite3_errmsg(handle_.get());
  }
  [[nodiscard]] std::map<std::int64_t, std::string> rows() const {
    std::map<std::int64_t, std::string> rows;
    const auto add = [](void* to, int, char** columns, char**) {
      (*static_cast<std::map<std::int64_t, std::string>*>(to))[std::stoll(columns[0])] = columns[1];
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(handle_.get(), "SELECT id, value FROM t", add, &rows, nullptr),
              SQLITE_OK)
        << sqlite3_errmsg(handle_.get());
    return rows;
  }
  [[nodiscard]] bool is_sound() const {
    std::string answer;
    const auto take = [](void* to, int, char** columns, char**) {
      *static_cast<std::string*>(to) += columns[0];
      return 0;
    };
    sqlite3_exec(handle_.get(), "PRAGMA integrity_check", take, &answer, nullptr);
    return answer == "ok";
  }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// Two who write by turns: one through gathering files, one without. Each sees what the other has
/// committed, and nothing of what was rolled back, however much of it had left the memory.
class TwoWriters {
 public:
  TwoWriters(const fs::path& path, const std::string& journal, const std::string& synchronous)
      : ours_(made(path), OpenMode::read_write), theirs_(path), dice_(7) {
    const std::string settings = "PRAGMA journal_mode = " + journal +
                                 "; PRAGMA synchronous = " + synchronous +
                                 "; PRAGMA cache_size = 10; PRAGMA wal_autocheckpoint = 30";
    ours_.execute(settings);
    ours_.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, value TEXT)");
    theirs_.execute(settings);
  }

  void turn() {
    const bool mine = below(2) == 0;
    const bool keep = below(3) != 0;
    auto next = rows_;
    std::string sql = "BEGIN IMMEDIATE;";
    for (int changes = below(60); changes >= 0; --changes) {
      const std::int64_t id = below(300);
      next[id] =
          std::string(static_cast<std::size_t>(below(900)), static_cast<char>('a' + below(26)));
      sql += "REPLACE INTO t VALUES (" + std::to_string(id) + ", '" + next[id] + "');";
    }
    sql += keep ? "COMMIT" : "ROLLBACK";
    if (mine) {
      ours_.execute(sql);
    } else {
      theirs_.execute(sql);
    }
    if (keep) {
      rows_ = next;
    }
    if (below(10) == 0) {
      ours_.execute("PRAGMA wal_checkpoint(RESTART)");
    }
  }

  void expect_agreement() {
    EXPECT_EQ(theirs_.rows(), rows_);
    std::map<std::int64_t, std::string> seen;
    Statement all(ours_, "SELECT id, value FROM t");
    for (auto cursor = all.query(); cursor.next();) {
      seen[cursor.integer(0)] = cursor.text(1);
    }
    EXPECT_EQ(seen, rows_);
    EXPECT_TRUE(theirs_.is_sound());
  }

 private:
  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(dice_); }

  Database ours_;
  Plain theirs_;
  std::map<std::int64_t, std::string> rows_;
  std::mt19937 dice_;
};

TEST(GatheringFiles, TwoConnectionsAgreeInEveryJournal) {
  for (const char* journal : {"PERSIST", "DELETE", "TRUNCATE", "WAL"}) {
    for (const char* synchronous : {"OFF", "NORMAL", "FULL"}) {
      SCOPED_TRACE(std::string(journal) + ", " + synchronous);
      const rfi::test::TemporaryDirectory directory;
      TwoWriters writers(directory / "two.db", journal, synchronous);
      for (int turns = 0; turns < 150; ++turns) {
        writers.turn();
        if (turns % 5 == 0) {
          writers.expect_agreement();
        }
      }
    }
  }
}

TEST(GatheringFiles, PagesOfOneCommitGoIntoTheJournalTogether) {
  // 200 pages; without gathering 600 writes more into the one journal, 400 into the other.
  constexpr std::int64_t kPages = 200;
  for (const auto& [journal, into_database] :
       std::map<std::string, std::int64_t>{{"PERSIST", kPages}, {"WAL", 0}}) {
    SCOPED_TRACE(journal);
    const rfi::test::TemporaryDirectory directory;
    const Database database(made(directory / "many.db"), OpenMode::read_write);
    database.execute("PRAGMA journal_mode = " + journal + "; PRAGMA wal_autocheckpoint = 0");
    database.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, value TEXT);"
        "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) "
        "INSERT INTO t SELECT i, printf('%.3000c', 'x') FROM n");
    const std::int64_t before = write_calls();
    database.execute("UPDATE t SET value = replace(value, 'x', 'y')");
    const std::int64_t writes = write_calls() - before;
    EXPECT_LT(writes, into_database + 40);
    EXPECT_GT(writes, into_database + 10);
  }
}

TEST(GatheringFiles, ACommitWhoseBytesCannotBeWrittenFails) {
  for (const char* journal : {"PERSIST", "WAL"}) {
    SCOPED_TRACE(journal);
    const rfi::test::TemporaryDirectory directory;
    const fs::path path = directory / "full.db";
    std::optional<Database> database(std::in_place, made(path), OpenMode::read_write);
    database->execute(std::string("PRAGMA journal_mode = ") + journal);
    database->execute("CREATE TABLE t (id INTEGER PRIMARY KEY, value TEXT)");
    database->execute("INSERT INTO t VALUES (1, 'kept')");
    {
      const rfi::test::FileSizeLimit limit(16 *
                                           1024);  // met by the sync, as all fits into one write
      EXPECT_THROW(database->execute("INSERT INTO t VALUES (2, printf('%.20000c', 'x'))"),
                   SqliteError);
    }
    database->execute("INSERT INTO t VALUES (3, 'later')");
    const std::map<std::int64_t, std::string> expected{{1, "kept"}, {3, "later"}};
    EXPECT_EQ(Plain(path).rows(), expected);
    database.reset();
    EXPECT_EQ(Plain(path).rows(), expected);
    EXPECT_TRUE(Plain(path).is_sound());
  }
}

/// After the pages of a checkpoint SQLite asks nothing of the database whose failure it looks at.
TEST(GatheringFiles, ACheckpointWhoseBytesCannotBeWrittenLeavesThemInTheWal) {
  const rfi::test::TemporaryDirectory directory;
  const fs::path path = directory / "checkpoint.db";
  const Database database(made(path), OpenMode::read_write);
  database.execute(
      "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
      "CREATE TABLE t (id INTEGER PRIMARY KEY, value TEXT);"
      "INSERT INTO t VALUES (1, printf('%.24000c', 'x'));"
      "PRAGMA wal_checkpoint(TRUNCATE);"
      "INSERT INTO t VALUES (2, printf('%.24000c', 'y'))");  // the WAL fits, the database does not
  Plain reader(path);
  reader.execute("BEGIN; SELECT count(*) FROM t");  // the end of the WAL must not be reached
  database.execute("INSERT INTO t VALUES (3, 'z')");
  {
    const rfi::test::FileSizeLimit limit(44 * 1024);
    int pages = 0;
    int taken = 0;
    EXPECT_NE(sqlite3_wal_checkpoint_v2(
                  database.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &taken),
              SQLITE_OK);
  }
  reader.execute("COMMIT");
  const std::map<std::int64_t, std::string> expected{
      {1, std::string(24'000, 'x')}, {2, std::string(24'000, 'y')}, {3, "z"}};
  EXPECT_EQ(Plain(path).rows(), expected);
  EXPECT_TRUE(Plain(path).is_sound());
}

TEST(GatheringFiles, IsTheDefaultUnderANameOfItsOwn) {
  const std::string name = gathering_files();
  EXPECT_EQ(name, std::string("gathering-") + sqlite3_vfs_find(nullptr)->zName);
  EXPECT_EQ(name, gathering_files());
  EXPECT_NE(sqlite3_vfs_find(name.c_str()), nullptr);
}

}  // namespace
}  // namespace rfi::queue::test
