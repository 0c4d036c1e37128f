// The life of a daemon process: single instance, orderly stop, kill, reload.
#include "integration/deployment.hpp"
#include "support/wait_until.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

namespace rfi::test {
namespace {

constexpr const char* kRequested = R"(["proof_of_address.files"])";
constexpr const char* kDocuments =
    R"({"proof_of_address":{"type":"UTILITY_BILL","files":[{"uri":"/a.pdf"}]}})";

std::string hang(const std::string& customer) {
  return R"({"match":{"method":"PATCH","customer":")" + customer +
         R"("},"times":1,"action":{"kind":"hang"}})";
}

bool is_on_the_wire(Deployment& deployment) {
  return deployment.sandbox().summary().at("in_flight").to_number<int>() > 0;
}

std::chrono::milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               start);
}

TEST(Lifecycle, ASecondDaemonOnTheSameQueueIsRefused) {
  const Deployment deployment;
  const auto first = deployment.start();
  const FinishedChild second = deployment.run({"run"});
  EXPECT_EQ(second.status.code, 75);
  EXPECT_NE(second.standard_error.find("another rfi-submitd has this queue"), std::string::npos);
}

TEST(Lifecycle, AStopLetsTheRequestInFlightEnd) {
  DeploymentOptions options;
  options.api = "request_timeout = \"20s\"\n";
  Deployment deployment{options};
  deployment.sandbox().add_faults(
      R"({"match":{"method":"PATCH"},"times":1,"action":{"kind":"slow","delay_ms":1500}})");
  deployment.enqueue("slow", customer_id(1), kRequested, kDocuments);
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until([&] { return is_on_the_wire(deployment); }));
  daemon->send_signal(SIGTERM);
  const auto ended = daemon->wait(std::chrono::seconds{15});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0);
  EXPECT_EQ(deployment.outcomes("slow"), std::vector<std::string>{"accepted"});
}

TEST(Lifecycle, ADrainTimeoutEndsWhatHangsAndRecordsItAsUnknown) {
  DeploymentOptions options;
  options.api = "request_timeout = \"60s\"\n";
  options.submission = "drain_timeout = \"500ms\"\nmax_in_flight = 1\n";
  Deployment deployment{options};
  deployment.sandbox().add_faults(hang(customer_id(1)));
  deployment.enqueue("hangs", customer_id(1), kRequested, kDocuments);
  deployment.enqueue("waits", customer_id(2), kRequested, kDocuments);
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until([&] { return is_on_the_wire(deployment); }));
  ASSERT_TRUE(wait_until([&] { return deployment.state("waits") == "submitting"; }));
  const auto start = std::chrono::steady_clock::now();
  daemon->send_signal(SIGTERM);
  const auto ended = daemon->wait(std::chrono::seconds{15});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0);
  EXPECT_GE(since(start).count(), 500);
  EXPECT_LT(since(start).count(), 5000);
  EXPECT_EQ(deployment.outcomes("hangs"), std::vector<std::string>{"unknown"});
  EXPECT_EQ(deployment.outcomes("waits"), std::vector<std::string>{"not_sent"});
  EXPECT_EQ(deployment.show("waits").at("attempts").to_number<int>(), 0);
}

TEST(Lifecycle, ASecondSignalEndsAtOnceWithoutLosingARecord) {
  DeploymentOptions options;
  options.api = "request_timeout = \"60s\"\n";
  options.submission = "drain_timeout = \"60s\"\n";
  Deployment deployment{options};
  deployment.sandbox().add_faults(hang(customer_id(1)));
  deployment.enqueue("hangs", customer_id(1), kRequested, kDocuments);
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until([&] { return is_on_the_wire(deployment); }));
  daemon->send_signal(SIGTERM);
  ASSERT_TRUE(daemon->wait_for_output("service.stopping", std::chrono::seconds{10}));
  daemon->send_signal(SIGTERM);
  const auto ended = daemon->wait(std::chrono::seconds{10});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0);
  EXPECT_EQ(deployment.outcomes("hangs"), std::vector<std::string>{"unknown"});
}

TEST(Lifecycle, AKilledDaemonLeavesAnUnknownAttemptAndGoesOn) {
  DeploymentOptions options;
  options.api = "request_timeout = \"60s\"\n";
  options.retry = "initial_delay = \"10ms\"\n";
  Deployment deployment{options};
  deployment.sandbox().add_faults(hang(customer_id(1)));
  deployment.enqueue("killed", customer_id(1), kRequested, kDocuments);
  const auto first = deployment.start();
  ASSERT_TRUE(wait_until([&] { return is_on_the_wire(deployment); }));
  EXPECT_EQ(deployment.outcomes("killed"), std::vector<std::string>{"open"});
  first->send_signal(SIGKILL);
  ASSERT_TRUE(first->wait(std::chrono::seconds{5}));
  const FinishedChild second = deployment.run({"run", "--drain"});
  EXPECT_EQ(second.status.code, 0);
  EXPECT_NE(second.standard_output.find("queue.recovered"), std::string::npos);
  EXPECT_EQ(deployment.outcomes("killed"), (std::vector<std::string>{"unknown", "accepted"}));
}

TEST(Lifecycle, AnInsertByAnotherProcessIsSentAtOnce) {
  const Deployment deployment;
  const auto daemon = deployment.start();
  deployment.enqueue("fresh", customer_id(1), kRequested, kDocuments);
  EXPECT_TRUE(wait_until([&] { return deployment.state("fresh") == "submitted"; },
                         std::chrono::seconds{5}));
  EXPECT_EQ(daemon->standard_output().find("queue.blocked"), std::string::npos);
}

TEST(Lifecycle, AReloadTakesAGoodConfigurationAndKeepsTheLastGoodOne) {
  DeploymentOptions options;
  options.submission = "enabled = false\n";
  Deployment deployment{options};
  deployment.enqueue("paused", customer_id(1), kRequested, kDocuments);
  const auto daemon = deployment.start();

  DeploymentOptions bad;
  bad.submission = "enabledd = true\n";
  deployment.configure(bad);
  daemon->send_signal(SIGHUP);
  ASSERT_TRUE(daemon->wait_for_output("config.rejected", std::chrono::seconds{10}));
  EXPECT_TRUE(deployment.sandbox().requests("method=PATCH").empty());

  deployment.configure({});
  daemon->send_signal(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return deployment.state("paused") == "submitted"; }));
  daemon->send_signal(SIGTERM);
  const auto ended = daemon->wait(std::chrono::seconds{15});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0);
}

TEST(Lifecycle, NeverTwoRequestsOfOneCustomerAtOnce) {
  DeploymentOptions options;
  options.submission = "max_in_flight = 16\n";
  Deployment deployment{options};
  std::string lines;
  for (unsigned i = 0; i < 300; ++i) {
    lines += R"({"reference":"r)" + std::to_string(i) + R"(","customer_id":")" +
             customer_id(i % 7) + R"(","requested":)" + kRequested + R"(,"documents":)" +
             kDocuments + "}\n";
  }
  ASSERT_EQ(deployment.run({"enqueue", "-"}, lines).status.code, 0);
  ASSERT_EQ(deployment.run({"run", "--drain"}).status.code, 0);
  EXPECT_TRUE(deployment.sandbox().violations().empty());
  const auto summary = deployment.sandbox().summary();
  EXPECT_EQ(summary.at("patches_accepted").to_number<int>(), 300);
  EXPECT_LE(summary.at("most_in_flight").to_number<int>(), 7);
}

TEST(Lifecycle, AtMostMaxInFlightRequestsAreOnTheWire) {
  DeploymentOptions options;
  options.submission = "max_in_flight = 3\n";
  options.retry = "initial_delay = \"10ms\"\n";
  Deployment deployment{options};
  deployment.sandbox().add_faults(
      R"({"match":{"method":"PATCH"},"times":-1,"action":{"kind":"slow","delay_ms":20}})");
  std::string lines;
  for (unsigned i = 0; i < 60; ++i) {
    lines += R"({"reference":"r)" + std::to_string(i) + R"(","customer_id":")" + customer_id(i) +
             R"(","requested":)" + kRequested + R"(,"documents":)" + kDocuments + "}\n";
  }
  ASSERT_EQ(deployment.run({"enqueue", "-"}, lines).status.code, 0);
  ASSERT_EQ(deployment.run({"run", "--drain"}).status.code, 0);
  const auto summary = deployment.sandbox().summary();
  EXPECT_EQ(summary.at("most_in_flight").to_number<int>(), 3);
  EXPECT_EQ(summary.at("patches_accepted").to_number<int>(), 60);
}

}  // namespace
}  // namespace rfi::test
