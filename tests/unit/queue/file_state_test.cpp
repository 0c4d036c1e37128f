// What the store looks at besides its tables: the file itself, the room on the disk, whose locks
// stand in its way, whether the database is sound.
#include "unit/queue/store_fixture.hpp"

#include "rfi/queue/lock_holders.hpp"
#include "rfi/queue/queue_file.hpp"
#include "rfi/queue/soundness.hpp"
#include "rfi/queue/space.hpp"
#include "rfi/queue/wal_watch.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

namespace rfi::queue::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class FileState : public StoreTest {
 protected:
  [[nodiscard]] fs::path beside(const std::string& name) const {
    return path().parent_path() / name;
  }
};

TEST_F(FileState, TheOpenFileIsToldFromAnyOtherAtItsPath) {
  const QueueFile file(path());
  EXPECT_FALSE(file.fault().has_value());
  fs::rename(path(), beside("aside.db"));
  EXPECT_NE(file.fault().value_or("").find("was renamed"), std::string::npos);
  fs::copy_file(beside("aside.db"), path());
  EXPECT_NE(file.fault().value_or("").find("another file"), std::string::npos);
  fs::rename(beside("aside.db"), path());
  EXPECT_FALSE(file.fault().has_value()) << "the first one is back";
  fs::remove(path());
  EXPECT_NE(file.fault().value_or("").find("was deleted"), std::string::npos);
  // Its inode number is kept, whatever is made now.
  for (int i = 0; i < 20; ++i) {
    fs::remove(path());
    std::ofstream(path()) << "new";
    EXPECT_TRUE(file.fault().has_value());
  }
}

TEST_F(FileState, ALinkToTheFileIsTheFile) {
  fs::create_symlink(path(), beside("link.db"));
  const QueueFile file(beside("link.db"));
  EXPECT_FALSE(file.fault().has_value());
  EXPECT_FALSE(file.second_name().has_value());
  fs::create_hard_link(path(), beside("hard.db"));
  EXPECT_NE(file.second_name().value_or("").find("hard link"), std::string::npos);
  EXPECT_TRUE(second_name(path()).has_value());
  fs::remove(beside("hard.db"));
  EXPECT_FALSE(file.second_name().has_value());
}

TEST_F(FileState, LookingAtTheFileDropsNoLockOfSqlite) {
  producer_.must("BEGIN IMMEDIATE");
  {
    const QueueFile file(path());
  }
  Producer other(path());
  sqlite3_busy_timeout(other.handle(), 1);
  const pid_t child = ::fork();
  if (child == 0) {
    Producer third(path());
    sqlite3_busy_timeout(third.handle(), 1);
    ::_exit(third.run("BEGIN IMMEDIATE").empty() ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "another process got the lock";
  producer_.must("COMMIT");
}

TEST_F(FileState, AStoreWhoseFileIsGoneWritesNothingAndGoesOnWhenItIsBack) {
  producer_.insert("a", 1);
  producer_.insert("b", 2);
  const auto first = exchange(1);
  fs::rename(path(), beside("aside.db"));
  EXPECT_THROW((void)exchange(1, {accepted(first.claims[0])}), SqliteError);
  EXPECT_NE(store().trouble().value_or("").find("renamed"), std::string::npos);
  fs::copy_file(beside("aside.db"), path());
  EXPECT_THROW((void)exchange(1, {accepted(first.claims[0])}), SqliteError);
  fs::rename(beside("aside.db"), path());
  EXPECT_EQ(references(exchange(1, {accepted(first.claims[0])})), (std::vector<std::string>{"b"}));
  EXPECT_EQ(state("a"), "submitted");
  EXPECT_EQ(producer_.number("SELECT count(*) FROM attempt"), 2);
}

TEST_F(FileState, AQueueWithASecondNameIsRecordedInButNotClaimedFrom) {
  producer_.insert("a", 1);
  producer_.insert("b", 2);
  const auto first = exchange(1);
  fs::create_hard_link(path(), beside("hard.db"));
  const auto result = exchange(1, {accepted(first.claims[0])});
  EXPECT_TRUE(result.claims.empty());
  EXPECT_FALSE(result.more_due);
  EXPECT_TRUE(result.next_due.has_value());
  EXPECT_EQ(state("a"), "submitted");
  fs::remove(beside("hard.db"));
  EXPECT_EQ(claim(1), (std::vector<std::string>{"b"}));
}

TEST_F(FileState, BelowTheWatermarkOutcomesAreRecordedAndNothingIsClaimed) {
  producer_.insert("a", 1);
  producer_.insert("b", 2);
  const auto first = exchange(1);
  auto scarce = options();
  const auto free = fs::space(path().parent_path()).available;
  scarce.space = {.stop_below = 2 * free, .go_on_above = 4 * free, .ballast = 0};
  store_ = std::make_unique<Store>(std::move(scarce));
  (void)store().recover(now_);
  EXPECT_TRUE(exchange(1).claims.empty());
  EXPECT_NE(store().trouble().value_or("").find("MiB are free"), std::string::npos);
}

TEST_F(FileState, TheBallastIsAllocatedGivenUpAndBuiltUpAgain) {
  const auto start = std::chrono::steady_clock::now();
  Space space(path(), {.stop_below = 0, .go_on_above = 0, .ballast = 1 << 20, .full_for = 10s});
  EXPECT_FALSE(fs::exists(ballast_path(path()))) << "nobody has looked";
  EXPECT_FALSE(space.look(start).has_value());
  ASSERT_TRUE(fs::exists(ballast_path(path())));
  struct stat found{};
  ASSERT_EQ(::stat(ballast_path(path()).c_str(), &found), 0);
  EXPECT_GE(found.st_blocks * 512, 1 << 20) << "a file with holes holds nothing back";
  EXPECT_EQ(found.st_mode & 0777, 0600U);
  space.found_full(start);
  EXPECT_FALSE(fs::exists(ballast_path(path())));
  EXPECT_TRUE(space.look(start + 9s).has_value()) << "whatever the file system says";
  EXPECT_FALSE(space.look(start + 10s).has_value());
  EXPECT_TRUE(fs::exists(ballast_path(path())));
}

TEST_F(FileState, TheBallastIsNoWayToAnotherFile) {
  std::ofstream(beside("victim")) << "mine";
  fs::create_symlink(beside("victim"), ballast_path(path()));
  Space space(path(), {.stop_below = 0, .go_on_above = 0, .ballast = 1 << 20});
  EXPECT_FALSE(space.look(std::chrono::steady_clock::now()).has_value());
  EXPECT_EQ(fs::file_size(beside("victim")), 4U);
}

/// Holds a lock on the queue in another process while `look` runs.
template <class Look>
void with_holder(const fs::path& queue, const std::string& sql, Look look) {
  int ready[2];
  int done[2];
  ASSERT_EQ(::pipe(static_cast<int*>(ready)), 0);
  ASSERT_EQ(::pipe(static_cast<int*>(done)), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char byte = 'x';
    {
      const Producer holder(queue);
      (void)holder.run(sql);
      (void)!::write(ready[1], &byte, 1);
      (void)!::read(done[0], &byte, 1);
    }
    ::_exit(0);
  }
  char byte = 'x';
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  look(child);
  ASSERT_EQ(::write(done[1], &byte, 1), 1);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
}

TEST_F(FileState, AProcessThatHoldsALockIsNamed) {
  EXPECT_EQ(lock_holders(path()), "");
  with_holder(path(), "BEGIN IMMEDIATE", [&](pid_t holder) {
    EXPECT_NE(lock_holders(path()).find("(pid " + std::to_string(holder) + ")"), std::string::npos)
        << lock_holders(path());
  });
  EXPECT_EQ(lock_holders(path()), "");
}

TEST_F(FileState, AReaderThatPinsTheWalIsReportedAndNamed) {
  auto wal = options();
  wal.journal = JournalMode::wal;
  store_ = std::make_unique<Store>(std::move(wal));
  const auto start = std::chrono::steady_clock::now();
  WalWatch watch;
  producer_.insert("a", 1);
  with_holder(path(), "BEGIN; SELECT * FROM rfi", [&](pid_t holder) {
    producer_.insert("b", 2);
    const auto& database = store().database();
    EXPECT_FALSE(watch.look(database, start).has_value());
    EXPECT_FALSE(watch.look(database, start + 25s).has_value());
    const auto trouble = watch.look(database, start + 31s).value_or("");
    EXPECT_NE(trouble.find("in the WAL"), std::string::npos) << trouble;
    EXPECT_NE(trouble.find("(pid " + std::to_string(holder) + ")"), std::string::npos) << trouble;
  });
  EXPECT_FALSE(watch.look(store().database(), start + 40s).has_value());
}

TEST_F(FileState, ASoundQueueIsFoundSoundAndADamagedOneIsNot) {
  for (int i = 0; i < 200; ++i) {
    producer_.insert("r" + std::to_string(i), i);
  }
  EXPECT_EQ(check_soundness(path()).state, Soundness::State::sound);
  EXPECT_EQ(check_soundness(path(), 1).state, Soundness::State::too_large);
  EXPECT_EQ(check_soundness(beside("none.db")).state, Soundness::State::sound);
  const auto size = static_cast<std::streamoff>(fs::file_size(path()));
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    for (std::streamoff at = 8192; at < size; at += 4096) {
      file.seekp(at);
      file << std::string(32, '\xee');
    }
  }
  const auto damaged = check_soundness(path());
  EXPECT_EQ(damaged.state, Soundness::State::damaged);
  EXPECT_NE(damaged.detail.find("restore a backup"), std::string::npos) << damaged.detail;
}

TEST_F(FileState, ARowThatCameInPastAConstraintIsNoDamage) {
  producer_.must("PRAGMA ignore_check_constraints = ON");
  producer_.must(
      "INSERT INTO rfi (reference, customer_id, requested, documents) "
      "VALUES ('odd', 'no uuid', '[]', '{}')");
  EXPECT_EQ(check_soundness(path()).state, Soundness::State::sound);
}

}  // namespace
}  // namespace rfi::queue::test
