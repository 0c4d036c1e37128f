// The destination at fault, not the rows: a daemon with a full queue while keys are revoked, names
// vanish and everything answers 5xx.
#include "integration/deployment.hpp"
#include "support/wait_until.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace rfi::test {
namespace {

constexpr const char* kDocuments =
    R"({"proof_of_address":{"type":"UTILITY_BILL","country":"USA","files":[{"uri":"/a.pdf"}]}})";

class UnfitTest : public ::testing::Test {
 protected:
  static DeploymentOptions options() {
    DeploymentOptions made;
    made.retry = "initial_delay = \"200ms\"\nmax_delay = \"1s\"\n";
    return made;
  }

  static void enqueue(const Deployment& deployment, unsigned count) {
    std::string lines;
    for (unsigned i = 0; i < count; ++i) {
      lines += R"({"reference":"row-)" + std::to_string(i) + R"(","customer_id":")" +
               customer_id(i) + R"(","requested":["proof_of_address"],"documents":)" + kDocuments +
               "}\n";
    }
    ASSERT_EQ(deployment.run({"enqueue", "-"}, lines).status.code, 0);
  }

  static boost::json::object status(const Deployment& deployment) {
    const FinishedChild asked = deployment.run({"status", "--json"});
    EXPECT_EQ(asked.status.code, 0);
    return log_lines(asked.standard_output).front();
  }

  static std::ptrdiff_t count(const std::vector<boost::json::object>& lines,
                              std::string_view event) {
    return std::ranges::count_if(
        lines, [&](const auto& line) { return line.at("event").as_string() == event; });
  }

  /// Lines of attempts that did not deliver; rows that only went back into the line have no
  /// outcome.
  static std::ptrdiff_t failed_attempts(const std::vector<boost::json::object>& lines) {
    return std::ranges::count_if(lines, [](const auto& line) {
      return line.at("event").as_string() == "rfi.retry" && line.contains("outcome");
    });
  }

  /// Breaks the API with `rules` while `rows` wait, mends it, and expects every row delivered with
  /// no attempt lost. Returns the log.
  static std::vector<boost::json::object> survive(const std::string& rules, unsigned rows) {
    Deployment deployment{options()};
    enqueue(deployment, rows);
    deployment.sandbox().add_faults(rules);
    const auto daemon = deployment.start({"run", "--drain"});
    EXPECT_TRUE(wait_until(
        [&] { return daemon->standard_output().find("destination.unfit") != std::string::npos; }));
    EXPECT_TRUE(
        wait_until([&] { return !status(deployment).at("destination_unfit_since").is_null(); }));
    std::this_thread::sleep_for(std::chrono::seconds{2});
    deployment.sandbox().reset("faults");
    const auto ended = daemon->wait(std::chrono::seconds{120});
    EXPECT_TRUE(ended && ended->code == 0);
    EXPECT_EQ(deployment.sandbox().summary().at("patches_accepted").to_number<unsigned>(), rows);
    EXPECT_TRUE(deployment.sandbox().violations().empty());
    const auto now = status(deployment);
    EXPECT_EQ(now.at("counts").at("submitted").to_number<unsigned>(), rows);
    EXPECT_TRUE(now.at("destination_unfit_since").is_null());
    auto lines = log_lines(daemon->standard_output());
    EXPECT_EQ(count(lines, "rfi.failed"), 0);
    EXPECT_EQ(count(lines, "destination.unfit"), count(lines, "destination.fit"));
    return lines;
  }
};

/// 10,000 where it is to be shown; fewer where it is only to be kept.
unsigned waiting_rows() {
  const char* const wanted = std::getenv("RFI_UNFIT_ROWS");
  return wanted != nullptr ? static_cast<unsigned>(std::stoul(wanted)) : 1'000U;
}

TEST_F(UnfitTest, ARevokedCredentialFailsNoRowAndCostsAHandfulOfProbes) {
  const unsigned rows = waiting_rows();
  const auto lines = survive(
      R"({"match":{"path_contains":"/oauth/"},"times":-1,"action":{"kind":"status","status":401}})",
      rows);
  EXPECT_EQ(count(lines, "destination.unfit"), 1);
  // Each attempt that did not deliver is a line of its own; those under way at once, and the
  // probes.
  EXPECT_LE(failed_attempts(lines), 60);
}

TEST_F(UnfitTest, ATokenThatIsRefusedEverywhereFailsNoRow) {
  const auto lines = survive(
      R"({"match":{"method":"PATCH"},"times":-1,"action":{"kind":"status","status":401}})", 1'000);
  // It takes a second 401 to know; until then every open row (128) may have met its first.
  EXPECT_LE(failed_attempts(lines), 128 + 60);
}

TEST_F(UnfitTest, AnOutageBehindTheGatewayFailsNoRow) {
  const auto lines = survive(
      R"({"match":{"method":"PATCH"},"times":-1,"action":{"kind":"status","status":503}})", 200);
  EXPECT_LE(failed_attempts(lines), 80);
}

TEST_F(UnfitTest, AWrongPathFailsNoRow) {
  const auto lines = survive(
      R"({"match":{"method":"PATCH"},"times":-1,"action":{"kind":"status","status":404}})", 200);
  EXPECT_LE(failed_attempts(lines), 80);
}

TEST_F(UnfitTest, AReloadProbesAtOnce) {
  DeploymentOptions wrong = options();
  wrong.client_secret = "revoked";
  wrong.retry = "initial_delay = \"60s\"\nmax_delay = \"60s\"\n";
  Deployment deployment{wrong};
  enqueue(deployment, 3);
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until(
      [&] { return daemon->standard_output().find("destination.unfit") != std::string::npos; }));
  enqueue(deployment, 4);  // one row more, which waits for nothing but the destination
  DeploymentOptions right = wrong;
  right.client_secret = std::string{kSandboxClientSecret};
  deployment.configure(right);
  daemon->send_signal(SIGHUP);
  EXPECT_TRUE(wait_until(
      [&] { return daemon->standard_output().find("destination.fit") != std::string::npos; }));
}

}  // namespace
}  // namespace rfi::test
