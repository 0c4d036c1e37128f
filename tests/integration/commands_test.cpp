// The command line as its users meet it: usage, configuration, migrate and check.
#include "integration/commands_fixture.hpp"

#include <boost/json/value.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace rfi::test {
namespace {

namespace json = boost::json;

FinishedChild run_bare(std::vector<std::string> arguments) {
  ChildOptions options;
  options.program = RFI_SUBMITD;
  options.arguments = std::move(arguments);
  return run_child(options);
}

TEST_F(Commands, UsageErrorsEndWith64AndAHint) {
  const std::array<std::vector<std::string>, 14> cases{
      {{"nonsense"},
       {"show"},
       {"list", "--state", "lost"},
       {"list", "--limit", "-1"},
       {"list", "--limit", "1.5"},
       {"retry", "--failed", "--expect", "-1"},
       {"cancel", "--pending", "--expect", "18446744073709551616"},
       {"cancel", "--pending", "--expect", ""},
       {"backup", ""},
       {"retry"},
       {"retry", "a", "--failed"},
       {"retry", "a", "--failure", "invalid"},
       {"enqueue", "--webhook", "event.json"},
       {"run", "--json"}}};
  for (const auto& arguments : cases) {
    SCOPED_TRACE(fmt::format("{}", fmt::join(arguments, " ")));
    EXPECT_EQ(must(64, arguments), "");
    EXPECT_TRUE(error_.starts_with("rfi-submitd: ")) << error_;
  }
  const auto bare = run_bare({});
  EXPECT_EQ(bare.status.code, 64);
  EXPECT_NE(bare.standard_error.find("--help"), std::string::npos);
}

TEST_F(Commands, HelpAndVersionNeedNoConfiguration) {
  const auto version = run_bare({"--version"});
  EXPECT_EQ(version.status.code, 0);
  EXPECT_EQ(version.standard_output, "rfi-submitd " RFI_VERSION "\n");
  for (const auto* command : {"run",
                              "migrate",
                              "enqueue",
                              "preview",
                              "status",
                              "list",
                              "show",
                              "explain",
                              "retry",
                              "cancel",
                              "check"}) {
    const auto help = run_bare({command, "--help"});
    EXPECT_EQ(help.status.code, 0) << command;
    EXPECT_NE(help.standard_output.find("78  bad configuration"), std::string::npos) << command;
    const auto all = run_bare({"--help"});
    EXPECT_NE(all.standard_output.find(fmt::format("\n  {} ", command)), std::string::npos);
  }
}

TEST_F(Commands, EveryConfigurationProblemIsListedWith78) {
  write_file(directory_ / "rfi.toml", "[queue]\nwrong = 1\n[api]\nbase_url = \"ftp://x\"\n");
  must(78, {"status"});
  EXPECT_NE(error_.find(":2:1: "), std::string::npos) << error_;
  EXPECT_NE(error_.find("api.base_url"), std::string::npos);
  EXPECT_NE(error_.find("auth.client_id"), std::string::npos);
  std::filesystem::remove(directory_ / "rfi.toml");
  must(78, {"status"});
  EXPECT_NE(error_.find("rfi.toml"), std::string::npos);
}

TEST_F(Commands, ConfigMayStandBeforeTheCommand) {
  const auto child = run_bare({"--config", (directory_ / "rfi.toml").string(), "migrate"});
  EXPECT_EQ(child.status.code, 0) << child.standard_error;
  EXPECT_TRUE(std::filesystem::exists(queue()));
}

TEST_F(Commands, AMissingQueueIsNeverCreatedButByMigrate) {
  const std::array<std::vector<std::string>, 7> cases{{{"status"},
                                                       {"list"},
                                                       {"show", "a"},
                                                       {"explain", "a"},
                                                       {"retry", "a"},
                                                       {"cancel", "a"},
                                                       {"enqueue"}}};
  for (const auto& arguments : cases) {
    must(69, arguments);
    EXPECT_NE(error_.find("rfi-submitd migrate"), std::string::npos) << error_;
  }
  EXPECT_FALSE(std::filesystem::exists(queue()));
}

TEST_F(Commands, MigrateCreatesOnceAndThenHasNothingToDo) {
  EXPECT_EQ(must_json(0, {"migrate"}).at("from").as_int64(), 0);
  // With nothing to do it needs no lock: it works while a daemon holds it.
  const int held = ::open((queue().string() + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660);
  ASSERT_EQ(::flock(held, LOCK_EX | LOCK_NB), 0);
  EXPECT_NE(must(0, {"migrate"}).find("nothing to do"), std::string::npos);
  std::filesystem::remove(queue());
  must(75, {"migrate"});
  EXPECT_FALSE(std::filesystem::exists(queue()));
  ::close(held);
}

TEST_F(Commands, MigrateLeavesFilesOfOthersAlone) {
  write_file(queue(), std::string(4096, 'x'));
  must(78, {"migrate"});
  EXPECT_EQ(read_file(queue()), std::string(4096, 'x'));
  must(78, {"status"});
  std::filesystem::remove(queue());
  sql("CREATE TABLE theirs (a)");
  must(78, {"migrate"});
  std::filesystem::remove(queue());
  must(0, {"migrate"});
  sql("PRAGMA user_version = 999");
  must(78, {"migrate"});
  EXPECT_NE(error_.find("newer"), std::string::npos) << error_;
}

TEST_F(Commands, MigrateWithoutItsDirectoryCannotCreate) {
  write_file(
      directory_ / "rfi.toml",
      fmt::format("[queue]\npath = \"{}\"\n[api]\nbase_url = \"http://127.0.0.1:9\"\n[auth]\n"
                  "client_id = \"client\"\n",
                  (directory_ / "none" / "queue.db").string()));
  must(73, {"migrate"});
}

TEST_F(Commands, CheckSaysALineForEachThingAndChangesNothing) {
  const auto before = must_json(69, {"check"});
  EXPECT_FALSE(std::filesystem::exists(queue()));
  must(0, {"migrate"});
  const auto names = [](const json::value& report) {
    std::vector<std::string> found;
    for (const auto& line : report.at("checks").as_array()) {
      found.push_back(std::string(line.at("name").as_string()) + " " +
                      std::string(line.at("result").as_string()));
    }
    return found;
  };
  // Nothing listens at the configured address.
  EXPECT_EQ(names(must_json(69, {"check"})),
            (std::vector<std::string>{"configuration ok",
                                      "secret ok",
                                      "queue ok",
                                      "journal ok",
                                      "space ok",
                                      "uploads ok",
                                      "clock ok",
                                      "tls ok",
                                      "api problem"}));
  sql("DROP INDEX rfi_age");
  std::filesystem::remove(directory_ / "secret");
  EXPECT_EQ(names(must_json(78, {"check"})),
            (std::vector<std::string>{"configuration ok",
                                      "secret problem",
                                      "queue problem",
                                      "journal ok",
                                      "space ok",
                                      "uploads ok",
                                      "clock ok",
                                      "tls ok"}));
  EXPECT_EQ(must(78, {"check"}).find("not-to-be-printed"), std::string::npos);
}

}  // namespace
}  // namespace rfi::test
