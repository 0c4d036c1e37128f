#include "support/child_process.hpp"

#include "support/free_port.hpp"
#include "support/temporary_directory.hpp"
#include "support/wait_until.hpp"

#include <gtest/gtest.h>

#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill, sigset_t are not in <csignal>

#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>

namespace rfi::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ChildOptions shell(const std::string& script) {
  return {.program = "/bin/sh", .arguments = {"-c", script}};
}

TEST(ChildProcess, CollectsOutputsAndExitCode) {
  const FinishedChild child = run_child(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(child.status, (ExitStatus{.code = 3, .signal = 0}));
  EXPECT_EQ(child.standard_output, "out\n");
  EXPECT_EQ(child.standard_error, "err\n");
}

TEST(ChildProcess, GetsInputEnvironmentAndDirectory) {
  const TemporaryDirectory directory;
  ChildOptions options = shell("cat; echo \"$RFI_ADDED:${HOME-none}\"; pwd");
  options.standard_input = "given ";
  options.environment = {{"RFI_ADDED", "added"}, {"HOME", std::nullopt}};
  options.working_directory = directory.path();
  EXPECT_EQ(run_child(options).standard_output,
            "given added:none\n" + directory.path().string() + "\n");
}

TEST(ChildProcess, IsSignalledAndReportsTheSignal) {
  ChildProcess child{shell("echo ready; exec sleep 600")};
  ASSERT_TRUE(child.wait_for_output("ready", seconds{10}));
  EXPECT_EQ(child.wait(milliseconds{5}), std::nullopt);
  child.send_signal(SIGTERM);
  EXPECT_EQ(child.wait(seconds{10}), (ExitStatus{.code = -1, .signal = SIGTERM}));
  EXPECT_FALSE(child.running());
}

TEST(ChildProcess, EndsWithItsObject) {
  pid_t pid = 0;
  {
    const ChildProcess child{shell("exec sleep 600")};
    pid = child.pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(ChildProcess, StopsWaitingForOutputWhenTheChildEnds) {
  ChildProcess child{shell("echo something")};
  EXPECT_FALSE(child.wait_for_output("else", seconds{60}));
}

TEST(ChildProcess, StartsWithSignalsAtTheirDefault) {
  static_cast<void>(::signal(SIGPIPE, SIG_IGN));
  EXPECT_EQ(run_child(shell("kill -PIPE $$; echo survived")).status.signal, SIGPIPE);
}

TEST(ChildProcess, ThrowsForAProgramThatIsNotThere) {
  EXPECT_THROW(ChildProcess({.program = "/nonexistent/program"}), std::system_error);
}

TEST(RunChild, KillsAChildThatOutlivesTheLimit) {
  EXPECT_EQ(run_child(shell("exec sleep 600"), milliseconds{50}).status.signal, SIGKILL);
}

TEST(TemporaryDirectory, GoesWithAllThatIsInIt) {
  std::filesystem::path path;
  {
    const TemporaryDirectory directory;
    path = directory.path();
    std::filesystem::create_directory(directory / "inner");
    write_file(directory / "inner" / "file", "text");
    EXPECT_EQ(read_file(directory / "inner" / "file"), "text");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(WaitUntil, TellsWhetherItHappened) {
  int calls = 0;
  EXPECT_TRUE(wait_until([&calls] { return ++calls == 3; }));
  EXPECT_FALSE(wait_until([] { return false; }, milliseconds{3}));
}

TEST(FreePort, IsNotPrivileged) {
  EXPECT_GE(free_port(), 1024);
}

}  // namespace
}  // namespace rfi::test
