#include "rfi/queue/wal_length.hpp"

#include "support/file_size_limit.hpp"
#include "unit/queue/queue_fixture.hpp"

#include "rfi/queue/journal.hpp"
#include "rfi/queue/wal_watch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

namespace rfi::queue::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uintmax_t kPage = 4096 + 24;

/// A commit of that many pages at least.
void commit(const Database& database, int pages) {
  database.execute("INSERT OR REPLACE INTO filler VALUES (1, randomblob(4096 * " +
                   std::to_string(pages) + "))");
}

class WalLengthTest : public QueueTest {
 protected:
  WalLengthTest() : database_(path(), OpenMode::read_write) {
    set_journal(database_, JournalMode::wal);
    database_.execute("CREATE TABLE filler (id INTEGER PRIMARY KEY, bytes BLOB)");
  }
  [[nodiscard]] std::uintmax_t wal_pages() const { return journal_bytes(path()) / kPage; }

  Database database_;
};

TEST_F(WalLengthTest, IsTakenIntoTheQueueOnlyWhenTold) {
  WalLength wal(database_, CheckpointReach::end);
  commit(database_, 100);
  EXPECT_FALSE(wal.is_long());
  for (int i = 0; i < 20; ++i) {
    commit(database_, 100);
  }
  EXPECT_GT(wal_pages(), 1000U) << "SQLite's automatic checkpoint is off";
  EXPECT_TRUE(wal.is_long());
  wal.shorten();
  EXPECT_FALSE(wal.is_long());
  const auto before = wal_pages();
  commit(database_, 100);
  EXPECT_LE(wal_pages(), before) << "it begins anew";
  EXPECT_FALSE(wal.is_long());
}

TEST_F(WalLengthTest, AReaderIsNotWaitedForAndTheRestIsTakenLater) {
  WalLength wal(database_, CheckpointReach::end);
  Producer reader(path());
  commit(database_, 500);
  reader.must("BEGIN; SELECT count(*) FROM rfi");
  commit(database_, 500);
  const auto began = std::chrono::steady_clock::now();
  wal.shorten();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s) << "the busy timeout is 10 s";
  EXPECT_TRUE(wal.is_long());
  reader.must("COMMIT");
  wal.shorten();
  EXPECT_FALSE(wal.is_long());
}

/// Without a moment in which nobody may write, the end of the WAL would never be reached.
TEST_F(WalLengthTest, StaysShortWhileSomebodyElseCommitsAllTheTime) {
  std::atomic<bool> stop = false;
  std::atomic<int> commits = 0;
  std::thread other([&] {
    Producer producer(path());
    producer.must(
        "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 10000");
    while (!stop) {
      producer.insert("r" + std::to_string(commits), ++commits);
      std::this_thread::sleep_for(100us);
    }
  });
  std::uintmax_t longest = 0;
  {
    WalLength wal(database_, CheckpointReach::end);
    const auto end = std::chrono::steady_clock::now() + 2s;
    while (std::chrono::steady_clock::now() < end) {
      commit(database_, 10);
      if (wal.is_long()) {
        wal.shorten();
      }
      longest = std::max(longest, wal_pages());
      std::this_thread::sleep_for(2ms);
    }
  }
  stop = true;
  other.join();
  EXPECT_GT(commits, 300);
  EXPECT_LT(longest, 1000U);
}

/// No exchange would: it writes to the WAL alone.
TEST_F(WalLengthTest, ACheckpointThatCannotWriteIsToldByTheWatch) {
  WalWatch watch;
  const auto start = std::chrono::steady_clock::now();
  database_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  commit(database_, 40);
  {
    const rfi::test::FileSizeLimit limit(journal_bytes(path()) + kPage);
    EXPECT_NE(watch.look(database_, start).value_or("").find("cannot be taken into queue"),
              std::string::npos);
  }
  EXPECT_EQ(watch.look(database_, start + 10s), std::nullopt);
}

}  // namespace
}  // namespace rfi::queue::test
