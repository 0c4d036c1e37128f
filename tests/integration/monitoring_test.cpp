// What whoever watches the daemon is told: deadlines ahead of time, and nothing that is not on the
// page of events.
#include "integration/deployment.hpp"
#include "integration/documented_events.hpp"

#include <boost/json/parse.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::test {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::int64_t unix_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(now).count();
}

std::vector<json::object> of_event(const std::string& output, std::string_view event) {
  auto lines = log_lines(output);
  std::erase_if(
      lines, [event](const json::object& line) { return line.at("event").as_string() != event; });
  return lines;
}

TEST(Monitoring, DeadlinesAtRiskAreSaidAheadOfTimeAndWhenItIsOver) {
  DeploymentOptions options;
  options.submission = "enabled = false\n";  // a pause: nothing is sent, whatever is due
  options.more = "stats_interval = \"100ms\"\n";
  Deployment deployment(options);
  const auto daemon = deployment.start();
  const std::int64_t deadline = unix_now() + 4'000;
  for (int i = 0; i < 3; ++i) {
    const std::string rfi =
        R"({"reference":"r)" + std::to_string(i) + R"(","customer_id":")" +
        customer_id(static_cast<unsigned>(i)) +
        R"(","requested":["proof_of_address.number"],"documents":{"proof_of_address":{"type":)"
        R"("UTILITY_BILL","number":"1"}},"deadline":)" +
        std::to_string(deadline + i) + "}\n";
    ASSERT_EQ(deployment.run({"enqueue", "-"}, rfi).status.code, 0);
  }
  ASSERT_TRUE(daemon->wait_for_output("deadline.at_risk", seconds{10}));
  EXPECT_LT(unix_now(), deadline) << "too late to do anything about it";
  const auto said = of_event(daemon->standard_output(), "deadline.at_risk").front();
  EXPECT_EQ(said.at("level").as_string(), "warning");
  EXPECT_TRUE(said.at("reference").as_string().starts_with("r"));
  EXPECT_GE(said.at("at_risk").as_int64(), 1);
  // Let it send them, and the risk is over.
  options.submission = "";
  deployment.configure(options);
  daemon->send_signal(SIGHUP);
  ASSERT_TRUE(daemon->wait_for_output("\"over\":true", seconds{10}));
  const auto lines = of_event(daemon->standard_output(), "deadline.at_risk");
  EXPECT_LE(lines.size(), 4U) << "not at every look";
  EXPECT_EQ(lines.back().at("level").as_string(), "info");
  for (const char* reference : {"r0", "r1", "r2"}) {
    EXPECT_EQ(deployment.state(reference), "submitted");
  }
}

TEST(Monitoring, AStrangeEventOrFieldIsSeen) {
  const auto verdict = [](const char* line) {
    return undocumented(json::parse(line).as_object()).value_or("");
  };
  EXPECT_EQ(verdict(R"({"ts":"t","level":"info","event":"service.stopped"})"), "");
  EXPECT_EQ(verdict(R"({"event":"service.paused"})"), "event service.paused");
  EXPECT_EQ(verdict(R"({"event":"log.dropped","lines":1,"bytes":2})"), "log.dropped: field bytes");
  EXPECT_EQ(verdict(R"({"event":"rfi.confirmed","duration_ms":{"queue":1,"dns":2}})"),
            "rfi.confirmed: field duration_ms.dns");
}

}  // namespace
}  // namespace rfi::test
