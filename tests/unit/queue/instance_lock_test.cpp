#include "rfi/queue/instance_lock.hpp"

#include "unit/queue/queue_fixture.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <optional>

namespace rfi::queue::test {
namespace {

using InstanceLockTest = QueueTest;

TEST_F(InstanceLockTest, IsHeldOnce) {
  auto first = InstanceLock::acquire(path());
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(InstanceLock::acquire(path()).has_value());
  first.reset();
  EXPECT_TRUE(InstanceLock::acquire(path()).has_value());
}

TEST_F(InstanceLockTest, IsTheSameThroughASymlink) {
  const TemporaryDirectory elsewhere;
  const auto link = elsewhere.path() / "link.db";
  std::filesystem::create_symlink(path(), link);
  EXPECT_EQ(lock_path(link), lock_path(path()));
  const auto first = InstanceLock::acquire(path());
  EXPECT_FALSE(InstanceLock::acquire(link).has_value());
}

TEST_F(InstanceLockTest, KeepsAnotherProcessOutAndGoesWithItsHolder) {
  auto first = InstanceLock::acquire(path());
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(InstanceLock::acquire(path()).has_value() ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  first.reset();
  EXPECT_TRUE(InstanceLock::acquire(path()).has_value());
}

TEST_F(InstanceLockTest, DoesNotTouchTheLocksOfSqlite) {
  const auto lock = InstanceLock::acquire(path());
  Producer producer(path());
  producer.must("BEGIN IMMEDIATE");
  (void)InstanceLock::acquire(path());
  Producer other(path());
  sqlite3_busy_timeout(other.handle(), 1);
  EXPECT_NE(other.run("BEGIN IMMEDIATE"), "");
  producer.must("COMMIT");
}

TEST_F(InstanceLockTest, IsTakenBeforeTheQueueExists) {
  EXPECT_TRUE(InstanceLock::acquire(path().parent_path() / "new.db").has_value());
  EXPECT_THROW((void)InstanceLock::acquire(path().parent_path() / "no" / "new.db"),
               std::system_error);
}

}  // namespace
}  // namespace rfi::queue::test
