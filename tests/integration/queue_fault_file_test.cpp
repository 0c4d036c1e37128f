// The queue's file is locked, altered, moved or damaged by others under a running daemon.
#include "integration/disk_fixture.hpp"
#include "support/wait_until.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

namespace rfi::test {
namespace {

using namespace std::chrono_literals;
using Outcomes = std::vector<std::string>;
namespace fs = std::filesystem;

class QueueFault : public DiskTest {
 protected:
  /// A row whose answer comes after `delay` is on the wire.
  void start_with_one_on_the_wire(std::chrono::milliseconds delay = 1s) {
    start();
    delay_next(delay);
    enqueue("first", 1);
    ASSERT_TRUE(on_the_wire());
  }

  [[nodiscard]] fs::path aside() const { return deployment_.directory() / "aside.db"; }

  /// Overwrites the leaves of the tables from page `from` on with nonsense.
  void damage(std::streamoff from) const {
    const auto size = static_cast<std::streamoff>(fs::file_size(deployment_.queue()));
    std::fstream file(deployment_.queue(), std::ios::in | std::ios::out | std::ios::binary);
    for (auto page = from; page * 4096 < size; ++page) {
      file.seekp(page * 4096);
      file << std::string(64, '\x5a');
    }
    // The counter of changes: what others have in memory of the file counts no more.
    file.seekp(24);
    file << "\x7f\x01\x02\x03";
  }

  void is_blocked_and_goes_on() {
    EXPECT_TRUE(wait_until([&] { return blocked_lines().size() == 2; }, 20s));
    EXPECT_EQ(blocked_lines(), (std::vector<bool>{true, false}));
  }
};

TEST_F(QueueFault, AWriteLockHeldByAnotherProcessIsWaitedForAndNamed) {
  start_with_one_on_the_wire();
  {
    Stranger stranger(deployment_.queue());
    stranger.run("BEGIN IMMEDIATE");
    ASSERT_TRUE(says_blocked());
    EXPECT_NE(reason().find("another process holds the queue"), std::string::npos) << reason();
    EXPECT_NE(reason().find("(pid " + std::to_string(::getpid()) + ")"), std::string::npos)
        << reason();
    // RFI_LOCK_SECONDS=60 shows that a long lock is no different.
    const char* seconds = std::getenv("RFI_LOCK_SECONDS");
    std::this_thread::sleep_for(std::chrono::seconds(seconds != nullptr ? std::atoi(seconds) : 0));
    EXPECT_EQ(patches(), 1U);
    stranger.run("COMMIT");
  }
  EXPECT_TRUE(becomes("first", "submitted"));
  EXPECT_EQ(deployment_.outcomes("first"), Outcomes{"accepted"});
  is_blocked_and_goes_on();
}

TEST_F(QueueFault, AReaderThatBlocksCommitsIsNamed) {
  start_with_one_on_the_wire();
  {
    Stranger reader(deployment_.queue());
    reader.run("BEGIN");
    ASSERT_EQ(reader.text("SELECT count(*) FROM rfi"), "1");
    ASSERT_TRUE(says_blocked());
    EXPECT_NE(reason().find("(pid " + std::to_string(::getpid()) + ")"), std::string::npos)
        << reason();
    reader.run("COMMIT");
  }
  EXPECT_TRUE(becomes("first", "submitted"));
  is_blocked_and_goes_on();
}

TEST_F(QueueFault, ARenamedFileIsWaitedFor) {
  start_with_one_on_the_wire();
  fs::rename(deployment_.queue(), aside());
  ASSERT_TRUE(says_blocked());
  EXPECT_NE(reason().find("renamed"), std::string::npos) << reason();
  std::this_thread::sleep_for(1500ms);  // the answer comes meanwhile
  EXPECT_FALSE(fs::exists(deployment_.queue())) << "nobody makes a new one";
  EXPECT_EQ(Stranger(aside()).text("SELECT state FROM rfi"), "submitting");
  fs::rename(aside(), deployment_.queue());
  EXPECT_TRUE(becomes("first", "submitted"));
  EXPECT_EQ(deployment_.outcomes("first"), Outcomes{"accepted"});
  is_blocked_and_goes_on();
}

TEST_F(QueueFault, ADeletedFileIsNotWrittenTo) {
  start_with_one_on_the_wire();
  fs::remove(deployment_.queue());
  ASSERT_TRUE(says_blocked());
  EXPECT_NE(reason().find("deleted"), std::string::npos) << reason();
  std::this_thread::sleep_for(1500ms);
  EXPECT_TRUE(daemon_->running());
  EXPECT_EQ(patches(), 1U);
  EXPECT_FALSE(fs::exists(deployment_.queue()));
}

TEST_F(QueueFault, AnotherFileIsNotAdopted) {
  start_with_one_on_the_wire();
  fs::copy_file(deployment_.queue(), aside());
  {
    Stranger other(aside());
    other.run(
        "INSERT INTO rfi (reference, customer_id, requested, documents) SELECT 'other', "
        "'00000009-0000-4000-8000-000000000000', requested, documents FROM rfi");
  }
  const fs::path original = deployment_.directory() / "original.db";
  fs::rename(deployment_.queue(), original);
  fs::rename(aside(), deployment_.queue());
  ASSERT_TRUE(says_blocked());
  std::this_thread::sleep_for(1500ms);
  EXPECT_EQ(patches(), 1U) << "nothing of the other file is sent";
  EXPECT_EQ(Stranger(deployment_.queue()).text("SELECT state FROM rfi WHERE id = 1"), "submitting");
  fs::rename(original, deployment_.queue());
  EXPECT_TRUE(becomes("first", "submitted"));
  is_blocked_and_goes_on();
}

TEST_F(QueueFault, APlantedTriggerDoesNotRunAndEndsClaims) {
  start_with_one_on_the_wire();
  Stranger producer(deployment_.queue());
  producer.run(
      "CREATE TABLE spy (x); CREATE TRIGGER planted AFTER UPDATE ON rfi BEGIN INSERT INTO spy "
      "VALUES (NEW.state); UPDATE rfi SET documents = '{}' WHERE id = NEW.id; END");
  enqueue("second", 2);
  EXPECT_TRUE(becomes("first", "submitted")) << "what is under way is recorded";
  ASSERT_TRUE(says_blocked());
  EXPECT_NE(reason().find("schema"), std::string::npos) << reason();
  EXPECT_EQ(producer.text("SELECT count(*) FROM spy"), "0");
  EXPECT_EQ(deployment_.state("second"), "pending");
  producer.run("DROP TRIGGER planted; DROP TABLE spy");
  EXPECT_TRUE(becomes("second", "submitted", 30s));
  is_blocked_and_goes_on();
}

TEST_F(QueueFault, ASecondNameEndsClaimsUntilItIsGone) {
  start();
  fs::create_hard_link(deployment_.queue(), aside());
  ASSERT_TRUE(says_blocked());
  EXPECT_NE(reason().find("hard link"), std::string::npos) << reason();
  enqueue("first", 1);
  EXPECT_EQ(stop(), 0);
  const auto refused = deployment_.run({"run"});
  EXPECT_EQ(refused.status.code, 78);
  EXPECT_NE(refused.standard_error.find("hard link"), std::string::npos);
  EXPECT_EQ(deployment_.state("first"), "pending");
  fs::remove(aside());
  start();
  EXPECT_TRUE(becomes("first", "submitted"));
}

TEST_F(QueueFault, ADamagedQueueIsReportedAtTheStartAndLeftAsItIs) {
  Stranger(deployment_.queue())
      .run(
          "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT "
          "INTO rfi (reference, customer_id, requested, documents) SELECT 'r' || i, "
          "'00000009-0000-4000-8000-000000000000', '[]', '{}' FROM n");
  damage(2);
  const auto before = read_file(deployment_.queue());
  const auto refused = deployment_.run({"run"});
  EXPECT_EQ(refused.status.code, 74);
  EXPECT_NE(refused.standard_error.find("restore"), std::string::npos) << refused.standard_error;
  EXPECT_EQ(read_file(deployment_.queue()), before);
}

TEST_F(QueueFault, DamageUnderARunningDaemonEndsItAndIsLeftAsItIs) {
  start_with_one_on_the_wire(4s);
  enqueue("second", 2);
  ASSERT_TRUE(becomes("second", "submitted"));
  damage(1);
  const auto before = read_file(deployment_.queue());
  const auto ended = daemon_->wait(20s);  // at the latest when the answer of the first arrives
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 74);
  EXPECT_NE(daemon_->standard_error().find("backup"), std::string::npos)
      << daemon_->standard_error();
  EXPECT_EQ(read_file(deployment_.queue()), before);
}

}  // namespace
}  // namespace rfi::test
