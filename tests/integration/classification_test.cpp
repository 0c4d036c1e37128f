// One row per line of the classification table, against a real TLS server: state, failure,
// attempts, outcome, log line.
#include "integration/deployment.hpp"
#include "support/wait_until.hpp"

#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

namespace rfi::test {
namespace {

constexpr const char* kRequested = R"(["proof_of_address"])";
constexpr const char* kDocuments =
    R"({"proof_of_identity":{"number":"PRIVATE-NUMBER"},)"
    R"("proof_of_address":{"type":"PRIVATE-TYPE","country":"PRIVATE-COUNTRY","files":[{"uri":"/PRIVATE-URI"}]}})";

/// An action of the sandbox for one customer, and what the contract says comes of it.
struct Case {
  std::string name;
  std::string action;
  std::vector<std::string> outcomes;
  std::string state;
  std::string failure;
  std::string event;
  std::string level;
  std::int64_t attempts = 1;
};

std::string status(int code,
                   const std::string& rest = R"("body":{"message":"PRIVATE-TYPE is wrong"})") {
  return R"({"kind":"status","status":)" + std::to_string(code) + "," + rest + "}";
}

Case accepted(const std::string& name, const std::string& action) {
  return {name, action, {"accepted"}, "submitted", "", "rfi.submitted", "info"};
}

Case rejected(const std::string& name, const std::string& action) {
  return {name, action, {"rejected"}, "failed", "rejected", "rfi.failed", "warning"};
}

Case retried(const std::string& name, const std::string& action, const std::string& outcome) {
  const bool unknown = outcome == "unknown";
  return {name, action, {outcome}, "pending", "", unknown ? "rfi.unknown" : "rfi.retry", "info"};
}

std::vector<Case> cases() {
  std::vector<Case> table{
      accepted("an object", status(200, R"("body":{"data":{}})")),
      accepted("nothing", status(204, R"("body":"")")),
      accepted("after interim answers", R"({"kind":"interim","statuses":[100,103]})"),
      rejected("a bad request", status(400)),
      rejected("not processable", status(422)),
      rejected("any other 4xx", status(418)),
      rejected("forbidden after a success", status(403)),
      rejected("not found after a success", status(404)),
      rejected("a redirect after a success",
               R"({"kind":"redirect","status":307,"location":"/elsewhere"})"),
      retried("a page instead of the API", R"({"kind":"html"})", "unknown"),
      retried("a reset after the request", R"({"kind":"reset"})", "unknown"),
      retried("a reset in the answer", R"({"kind":"reset","when":"mid_answer"})", "unknown"),
      retried("the end instead of an answer", R"({"kind":"close"})", "unknown"),
      retried("half an answer", R"({"kind":"cut"})", "unknown"),
      retried("no answer in time", R"({"kind":"hang"})", "unknown"),
      retried("no HTTP", R"({"kind":"malformed"})", "unknown"),
      retried("an answer over 1 MiB", R"({"kind":"oversize","bytes":2097152})", "unknown"),
      retried("status 999", status(999), "unknown"),
  };
  for (const int code : {408, 409, 425, 429}) {
    table.push_back(retried("throttled " + std::to_string(code), status(code), "throttled"));
  }
  for (const int code : {500, 502, 503, 599}) {
    table.push_back(retried("unavailable " + std::to_string(code), status(code), "unavailable"));
  }
  return table;
}

std::string rule(const std::string& customer, const std::string& action) {
  return R"({"match":{"method":"PATCH","customer":")" + customer + R"("},"times":-1,"action":)" +
         action + "}";
}

std::string reference_of(std::size_t index) {
  return "case-" + std::to_string(index);
}

/// The log line that speaks of the last attempt of a reference.
boost::json::object last_line(const std::vector<boost::json::object>& lines,
                              const std::string& reference) {
  boost::json::object found;
  for (const auto& line : lines) {
    const auto* named = line.if_contains("reference");
    if (named != nullptr && named->as_string() == reference) {
      found = line;
    }
  }
  return found;
}

class Classification : public ::testing::Test {
 protected:
  /// Runs the daemon until every row has had its say, then stops it. Returns its log.
  std::string run_until_recorded(Deployment& deployment, std::size_t rows) {
    const auto daemon = deployment.start();
    const auto recorded = [&] {
      const auto lines = log_lines(daemon->standard_output());
      std::size_t done = 0;
      for (std::size_t i = 0; i < rows; ++i) {
        const auto line = last_line(lines, reference_of(i));
        // The line of a first 401 announces the re-send.
        const bool resend = line.contains("outcome") && line.at("outcome") == "unauthorized" &&
                            !line.contains("next_attempt_at");
        done += line.empty() || resend ? 0U : 1U;
      }
      return done == rows;
    };
    EXPECT_TRUE(wait_until(recorded, std::chrono::seconds{40}));
    daemon->send_signal(SIGTERM);
    const auto ended = daemon->wait(std::chrono::seconds{20});
    EXPECT_TRUE(ended && ended->code == 0);
    return daemon->standard_output();
  }
};

TEST_F(Classification, EveryLineOfTheTableEndsAsTheContractSays) {
  Deployment deployment;
  // A success first: only then does a 403 or 404 speak of the row.
  deployment.enqueue("first", customer_id(9999), kRequested, kDocuments);
  ASSERT_EQ(deployment.run({"run", "--drain"}).status.code, 0);

  const std::vector<Case> table = cases();
  for (std::size_t i = 0; i < table.size(); ++i) {
    const std::string customer = customer_id(static_cast<unsigned>(i));
    deployment.sandbox().add_faults(rule(customer, table[i].action));
    deployment.enqueue(reference_of(i), customer, kRequested, kDocuments);
  }
  const std::string log = run_until_recorded(deployment, table.size());
  const auto lines = log_lines(log);
  for (std::size_t i = 0; i < table.size(); ++i) {
    SCOPED_TRACE(table[i].name);
    const std::string reference = reference_of(i);
    const auto row = deployment.show(reference);
    EXPECT_EQ(deployment.outcomes(reference), table[i].outcomes) << boost::json::serialize(row);
    EXPECT_EQ(row.at("state").as_string(), table[i].state);
    EXPECT_EQ(row.at("failure").is_null() ? "" : row.at("failure").as_string().c_str(),
              table[i].failure);
    EXPECT_EQ(row.at("attempts").to_number<std::int64_t>(), table[i].attempts);
    EXPECT_EQ(row.at("next_attempt_at").is_null(), table[i].state != "pending");
    const auto line = last_line(lines, reference);
    EXPECT_EQ(line.at("event").as_string(), table[i].event);
    EXPECT_EQ(line.at("level").as_string(), table[i].level);
    EXPECT_EQ(line.at("outcome").as_string(), table[i].outcomes.back());
  }
  for (const char* secret : {"PRIVATE", "sandbox-secret", "Bearer", "eyJ"}) {
    EXPECT_EQ(log.find(secret), std::string::npos) << secret << " stands in the log";
  }
  EXPECT_TRUE(deployment.sandbox().violations().empty());
}

TEST_F(Classification, ATokenRefusedTwiceCostsNoAttemptAndMakesTheDestinationUnfit) {
  Deployment deployment;
  deployment.sandbox().add_faults(rule(customer_id(0), status(401)));
  deployment.enqueue(reference_of(0), customer_id(0), kRequested, kDocuments);
  const std::string log = run_until_recorded(deployment, 1);
  EXPECT_EQ(deployment.outcomes(reference_of(0)),
            (std::vector<std::string>{"unauthorized", "unauthorized"}));
  const auto row = deployment.show(reference_of(0));
  EXPECT_EQ(row.at("state").as_string(), "pending");
  EXPECT_EQ(row.at("attempts").to_number<std::int64_t>(), 0);
  EXPECT_NE(log.find(R"("event":"destination.unfit")"), std::string::npos);
}

TEST_F(Classification, NotFoundWithoutAnySuccessIsTriedThreeTimesBeforeTheRowIsCondemned) {
  DeploymentOptions options;
  options.retry = "initial_delay = \"50ms\"\n";
  Deployment deployment{options};
  deployment.sandbox().add_faults(rule(customer_id(1), status(404)));
  deployment.enqueue("lost", customer_id(1), kRequested, kDocuments);
  EXPECT_EQ(deployment.run({"run", "--drain"}).status.code, 0);
  EXPECT_EQ(deployment.outcomes("lost"),
            (std::vector<std::string>{"rejected", "rejected", "rejected"}));
  EXPECT_EQ(deployment.state("lost"), "failed");
}

TEST_F(Classification, RetryAfterIsNeverUndercutInEitherForm) {
  DeploymentOptions options;
  options.retry = "initial_delay = \"10ms\"\nmax_delay = \"20ms\"\n";
  Deployment deployment{options};
  const auto once = [](const std::string& customer, const std::string& header) {
    return R"({"match":{"method":"PATCH","customer":")" + customer +
           R"("},"times":1,"action":{"kind":"status","status":429,"headers":{)" + header +
           R"(},"body":{}}})";
  };
  deployment.sandbox().add_faults(once(customer_id(1), R"("Retry-After":"2")"));
  deployment.sandbox().add_faults(once(
      customer_id(2),
      R"("Date":"Sun, 06 Nov 1994 08:49:37 GMT","Retry-After":"Sun, 06 Nov 1994 08:49:39 GMT")"));
  deployment.enqueue("seconds", customer_id(1), kRequested, kDocuments);
  deployment.enqueue("date", customer_id(2), kRequested, kDocuments);
  ASSERT_EQ(deployment.run({"run", "--drain"}).status.code, 0);
  for (const unsigned number : {1U, 2U}) {
    const auto requests =
        deployment.sandbox().requests("method=PATCH&customer=" + customer_id(number));
    ASSERT_EQ(requests.size(), 2U);
    const auto received = [&](std::size_t i) {
      return requests.at(i).as_object().at("received_ms").to_number<std::int64_t>();
    };
    EXPECT_GE(received(1) - received(0), 2000);
    EXPECT_LT(received(1) - received(0), 6000);
  }
}

TEST_F(Classification, WhatFailsBeforeTheFirstByteCostsNoAttempt) {
  struct Way {
    std::string name;
    DeploymentOptions options;
    std::string error;
  };
  Way refused{"refused", {}, "refused"};
  refused.options.base_url = "https://localhost:1";
  Way expired{"expired certificate", {}, "tls_verify"};
  expired.options.sandbox_arguments = {"--open-customers", "--certificate", "expired"};
  Way wrong_host{"wrong host", {}, "tls_verify"};
  wrong_host.options.sandbox_arguments = {"--open-customers", "--certificate", "wrong-host"};
  Way wrong_secret{"wrong secret", {}, "token_refused"};
  wrong_secret.options.client_secret = "not-the-secret";
  for (const Way& way : {refused, expired, wrong_host, wrong_secret}) {
    SCOPED_TRACE(way.name);
    Deployment deployment{way.options};
    deployment.enqueue(reference_of(0), customer_id(1), kRequested, kDocuments);
    const std::string log = run_until_recorded(deployment, 1);
    EXPECT_EQ(deployment.outcomes(reference_of(0)), std::vector<std::string>{"not_sent"});
    const auto row = deployment.show(reference_of(0));
    EXPECT_EQ(row.at("state").as_string(), "pending");
    EXPECT_EQ(row.at("attempts").to_number<std::int64_t>(), 0);
    EXPECT_EQ(row.at("history").as_array().at(0).as_object().at("error").as_string(), way.error);
    EXPECT_EQ(log.find("not-the-secret"), std::string::npos);
  }
}

TEST_F(Classification, AnExpiredTokenIsRenewedAndTheSameBytesGoOnceMore) {
  Deployment deployment;
  deployment.enqueue("one", customer_id(1), kRequested, kDocuments);
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until([&] { return deployment.state("one") == "submitted"; }));
  deployment.sandbox().reset("tokens");
  deployment.enqueue("two", customer_id(2), kRequested, kDocuments);
  ASSERT_TRUE(wait_until([&] { return deployment.state("two") == "submitted"; }));
  EXPECT_EQ(deployment.outcomes("two"), (std::vector<std::string>{"unauthorized", "accepted"}));
  const auto row = deployment.show("two");
  EXPECT_EQ(row.at("attempts").to_number<std::int64_t>(), 1);
  const auto& history = row.at("history").as_array();
  EXPECT_EQ(history.at(0).at("body_sha256"), history.at(1).at("body_sha256"));
}

}  // namespace
}  // namespace rfi::test
