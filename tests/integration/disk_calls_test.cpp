// The disk refuses what the daemon asks of it: outcomes are kept and written when it works again,
// nothing is sent on the strength of a commit in doubt, and the log says so once.
#include "integration/disk_fixture.hpp"
#include "support/wait_until.hpp"

namespace rfi::test {
namespace {

using namespace std::chrono_literals;
using Outcomes = std::vector<std::string>;

class DiskCalls : public DiskTest {
 protected:
  /// A request is on its way when the calls begin to fail; its answer comes while they do.
  void fail_while_an_answer_comes(const std::string& calls) {
    start();
    delay_next(1s);
    enqueue("first", 1);
    ASSERT_TRUE(on_the_wire());
    fail(calls);
    ASSERT_TRUE(says_blocked()) << daemon_->standard_error();
    // Others can still insert: only the daemon's calls fail.
    enqueue("second", 2);
    EXPECT_EQ(deployment_.state("first"), "submitting");
    EXPECT_EQ(patches(), 1U);
    heal();
    EXPECT_TRUE(becomes("first", "submitted"));
    EXPECT_TRUE(becomes("second", "submitted", 40s));
    EXPECT_EQ(deployment_.outcomes("first"), Outcomes{"accepted"});
    EXPECT_EQ(patches(), 2U);
    EXPECT_TRUE(wait_until([&] { return blocked_lines().size() == 2; }));
    EXPECT_EQ(blocked_lines(), (std::vector<bool>{true, false}));
    EXPECT_EQ(stop(), 0);
    EXPECT_EQ(Stranger(deployment_.queue()).text("PRAGMA integrity_check"), "ok");
  }
};

TEST_F(DiskCalls, AFullDiskKeepsOutcomesInMemoryAndEndsClaims) {
  fail_while_an_answer_comes("write 28");
  EXPECT_NE(reason().find("full"), std::string::npos) << reason();
}

TEST_F(DiskCalls, AUsedUpQuotaIsAFullDisk) {
  fail_while_an_answer_comes("write 122");
  EXPECT_NE(reason().find("full"), std::string::npos) << reason();
}

TEST_F(DiskCalls, AnErrorAtWriteLosesNothing) {
  fail_while_an_answer_comes("write 5");
  EXPECT_NE(reason().find("kernel's log"), std::string::npos) << reason();
}

TEST_F(DiskCalls, AnErrorAtSyncLosesNothing) {
  fail_while_an_answer_comes("sync 5");
}

TEST_F(DiskCalls, AnErrorAtReadLosesNothing) {
  fail_while_an_answer_comes("read 5");
}

TEST_F(DiskCalls, NothingLeavesOnTheStrengthOfACommitInDoubt) {
  start();
  fail("sync 5");
  for (unsigned i = 1; i <= 5; ++i) {
    enqueue("r" + std::to_string(i), i);
  }
  ASSERT_TRUE(says_blocked());
  EXPECT_EQ(patches(), 0U);
  heal();
  for (unsigned i = 1; i <= 5; ++i) {
    EXPECT_TRUE(becomes("r" + std::to_string(i), "submitted"));
  }
  EXPECT_EQ(patches(), 5U);
  Stranger stranger(deployment_.queue());
  EXPECT_EQ(stranger.text("SELECT count(*) FROM attempt WHERE outcome = 'accepted'"), "5");
  EXPECT_EQ(stranger.text("SELECT count(*) FROM attempt WHERE outcome NOT IN ('accepted', "
                          "'not_sent') OR outcome IS NULL"),
            "0");
}

TEST_F(DiskCalls, AStopEndsAlthoughTheDiskDoesNotWork) {
  DeploymentOptions options = patient();
  options.submission = "drain_timeout = \"1s\"\n";
  deployment_.configure(options);
  start();
  delay_next(500ms);
  enqueue("first", 1);
  ASSERT_TRUE(on_the_wire());
  fail("write 5");
  ASSERT_TRUE(says_blocked());
  EXPECT_EQ(stop(), 1);
  EXPECT_NE(daemon_->standard_error().find("could not be recorded"), std::string::npos);
  heal();
  start();
  EXPECT_TRUE(becomes("first", "submitted"));
  EXPECT_EQ(deployment_.outcomes("first").at(0), "unknown");
}

TEST_F(DiskCalls, TheBallastIsGivenUpOnAFullDiskAndBuiltUpAgain) {
  const std::filesystem::path ballast = deployment_.queue().string() + ".ballast";
  ASSERT_EQ(deployment_.run({"status"}).status.code, 0);
  EXPECT_FALSE(std::filesystem::exists(ballast)) << "only the service builds one";
  start();
  enqueue("first", 1);
  ASSERT_TRUE(becomes("first", "submitted"));
  ASSERT_TRUE(std::filesystem::exists(ballast));
  EXPECT_EQ(std::filesystem::file_size(ballast), 8U * 1024 * 1024);
  fail("write 28");
  enqueue("second", 2);
  ASSERT_TRUE(says_blocked());
  EXPECT_FALSE(std::filesystem::exists(ballast));
  heal();
  EXPECT_TRUE(becomes("second", "submitted", 40s));
  EXPECT_TRUE(wait_until([&] { return std::filesystem::exists(ballast); }));
}

}  // namespace
}  // namespace rfi::test
