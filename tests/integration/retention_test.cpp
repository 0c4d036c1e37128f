// Retention in the running daemon: on its own, on request, and beside a backup.
#include "integration/deployment.hpp"
#include "support/wait_until.hpp"

#include <boost/json/parse.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace rfi::test {
namespace {

using std::chrono::seconds;

constexpr const char* kRequested = R"(["proof_of_address.files"])";
constexpr const char* kMarker = "ELM-STREET-17";

std::string documents() {
  return std::string(R"({"proof_of_address":{"type":"UTILITY_BILL","number":")") + kMarker +
         R"(","files":[{"uri":"/a.pdf"}]}})";
}

std::string on_disk(const Deployment& deployment) {
  std::string bytes;
  for (const auto* suffix : {"", "-journal"}) {
    std::ifstream stream{deployment.queue().string() + suffix, std::ios::binary};
    bytes.append(std::istreambuf_iterator<char>{stream}, {});
  }
  return bytes;
}

DeploymentOptions keeping(const std::string& retention) {
  DeploymentOptions options;
  options.more = "[retention]\n" + retention;
  return options;
}

std::vector<boost::json::object> retention_lines(ChildProcess& daemon) {
  std::vector<boost::json::object> lines;
  for (auto& line : log_lines(daemon.standard_output())) {
    if (line.at("event") == "queue.retention") {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

void expect_clean_end(ChildProcess& daemon) {
  daemon.send_signal(SIGTERM);
  const auto ended = daemon.wait(seconds{20});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0);
}

boost::json::object answer(const FinishedChild& finished) {
  return boost::json::parse(finished.standard_output).as_object();
}

TEST(Retention, ErasesAndDeletesOnTimeByItself) {
  Deployment deployment(keeping("documents = \"1s\"\n"));
  deployment.enqueue("r1", customer_id(1), kRequested, documents());
  deployment.enqueue("r2", customer_id(2), kRequested, documents());
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until([&] { return !retention_lines(*daemon).empty(); }, seconds{20}));
  const auto line = retention_lines(*daemon).front();
  EXPECT_EQ(line.at("erased"), 2);
  EXPECT_EQ(line.at("deleted"), 0);
  EXPECT_EQ(line.at("level"), "info");
  EXPECT_EQ(on_disk(deployment).find(kMarker), std::string::npos);
  EXPECT_EQ(deployment.outcomes("r1"), std::vector<std::string>{"accepted"});
  EXPECT_EQ(deployment.state("r2"), "submitted");

  deployment.configure(keeping("documents = \"1s\"\nrows = \"2s\"\n"));
  daemon->send_signal(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return retention_lines(*daemon).size() == 2; }, seconds{20}));
  EXPECT_EQ(retention_lines(*daemon).back().at("deleted"), 2);
  expect_clean_end(*daemon);
}

TEST(Retention, PurgeAsksTheDaemonAndBackupLeavesItAlone) {
  Deployment deployment;
  deployment.enqueue("r1", customer_id(1), kRequested, documents());
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until([&] { return deployment.state("r1") == "submitted"; }, seconds{20}));
  const auto copy = (deployment.directory() / "copy.db").string();
  EXPECT_EQ(answer(deployment.run({"backup", copy, "--json"})).at("rows"), 1);

  const auto nothing = deployment.run({"purge", "--json"});
  EXPECT_EQ(nothing.status.code, 0);
  EXPECT_EQ(answer(nothing).at("by"), "daemon");
  EXPECT_EQ(answer(nothing).at("erased"), 0);
  EXPECT_NE(on_disk(deployment).find(kMarker), std::string::npos);

  const auto erased = deployment.run({"purge", "--customer", customer_id(1), "--json"});
  EXPECT_EQ(erased.status.code, 0);
  EXPECT_EQ(answer(erased).at("erased"), 1);
  EXPECT_EQ(on_disk(deployment).find(kMarker), std::string::npos);
  EXPECT_EQ(deployment.outcomes("r1"), std::vector<std::string>{"accepted"});
  // It goes on.
  deployment.enqueue("r2", customer_id(1), kRequested, documents());
  ASSERT_TRUE(wait_until([&] { return deployment.state("r2") == "submitted"; }, seconds{20}));
  expect_clean_end(*daemon);
}

}  // namespace
}  // namespace rfi::test
