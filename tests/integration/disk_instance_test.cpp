// One daemon a queue, by whatever name it is called, and the next one at once after a crash.
#include "integration/disk_fixture.hpp"
#include "support/wait_until.hpp"

#include <csignal>

namespace rfi::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class OneInstance : public DiskTest {
 protected:
  /// `run` with a configuration that calls the queue `name`.
  [[nodiscard]] FinishedChild run_as(const fs::path& name) const {
    auto text = read_file(deployment_.directory() / "rfi-submitd.toml");
    const auto queue = deployment_.queue().string();
    text.replace(text.find(queue), queue.size(), name.string());
    const auto file = deployment_.directory() / "other.toml";
    write_file(file, text);
    auto command = deployment_.command({"run"});
    command.arguments = {"--config", file.string(), "run"};
    return run_child(command, 20s);
  }
};

TEST_F(OneInstance, HoldsOverASymbolicLinkToTheFileOrToItsDirectory) {
  start();
  const auto directory = deployment_.directory();
  fs::create_symlink(deployment_.queue(), directory / "link.db");
  EXPECT_EQ(run_as(directory / "link.db").status.code, 75);
  const TemporaryDirectory elsewhere;
  fs::create_directory_symlink(directory, elsewhere / "there");
  EXPECT_EQ(run_as(elsewhere / "there" / "queue.db").status.code, 75);
  EXPECT_TRUE(daemon_->running());
}

TEST_F(OneInstance, RefusesAQueueThatHasAnotherName) {
  start();
  fs::create_hard_link(deployment_.queue(), deployment_.directory() / "hard.db");
  const auto refused = run_as(deployment_.directory() / "hard.db");
  EXPECT_EQ(refused.status.code, 78);
  EXPECT_NE(refused.standard_error.find("another name"), std::string::npos);
}

TEST_F(OneInstance, IsFreeAtOnceAfterACrash) {
  for (int crash = 0; crash < 3; ++crash) {
    start();
    daemon_->send_signal(SIGKILL);
    ASSERT_TRUE(daemon_->wait(5s));
  }
  start();
  EXPECT_EQ(run_as(deployment_.queue()).status.code, 75);
}

TEST_F(OneInstance, IsNotKeptByACommandBesideIt) {
  start();
  EXPECT_EQ(deployment_.run({"status"}).status.code, 0);
  EXPECT_EQ(deployment_.run({"migrate"}).status.code, 0) << "there is nothing to migrate";
  EXPECT_EQ(stop(), 0);
  start();
}

}  // namespace
}  // namespace rfi::test
