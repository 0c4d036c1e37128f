// The look before sending again: a daemon whose answers get lost, against customers that keep
// count.
#include "integration/deployment.hpp"
#include "support/wait_until.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

namespace rfi::test {
namespace {

using Outcomes = std::vector<std::string>;

constexpr const char* kTree =
    R"([{"scope":"CUSTOMER","section":"proof_of_identity","categories":[{"document_type":"PASSPORT",)"
    R"("fields":[{"field_name":"number","data_type":"TEXT","status":"MISSING"},)"
    R"({"field_name":"files","data_type":"URI","status":"MISSING"}]}]}])";
constexpr const char* kPaths = R"(["proof_of_identity.number","proof_of_identity.files"])";
constexpr const char* kDocuments =
    R"({"proof_of_identity":{"type":"PASSPORT","number":"PRIVATE-1","files":[{"uri":"/a.pdf"}]}})";

std::string patches(const std::string& action) {
  return R"({"match":{"method":"PATCH"},"times":1,"action":)" + action + "}";
}

std::string gets(const std::string& action) {
  return R"({"match":{"method":"GET"},"times":1,"action":)" + action + "}";
}

class ReconcileTest : public ::testing::Test {
 protected:
  static DeploymentOptions options(const std::string& submission = "") {
    DeploymentOptions made;
    made.sandbox_arguments = {};
    made.retry = "initial_delay = \"50ms\"\nmax_delay = \"200ms\"\n";
    made.submission = submission;
    return made;
  }

  static void ask(Deployment& deployment, const std::string& requested = kPaths) {
    deployment.sandbox().put_customer(customer_id(1), kTree);
    deployment.enqueue("one", customer_id(1), requested, kDocuments);
  }

  static std::string drain(Deployment& deployment) {
    const FinishedChild run = deployment.run({"run", "--drain"});
    EXPECT_EQ(run.status.code, 0) << run.standard_output;
    EXPECT_EQ(run.standard_output.find("PRIVATE"), std::string::npos);
    EXPECT_TRUE(deployment.sandbox().violations().empty());
    return run.standard_output;
  }

  /// How many PATCHes the customer took, and how many it refused.
  static void expect_taken(Deployment& deployment, int taken, int refused = 0) {
    const auto account = deployment.sandbox().account(customer_id(1));
    EXPECT_EQ(account.at("accepted").to_number<int>(), taken);
    EXPECT_EQ(account.at("refused").to_number<int>(), refused);
    EXPECT_EQ(deployment.state("one"), "submitted");
  }
};

struct Fault {
  const char* what;
  std::string action;
  Outcomes outcomes;
};

TEST_F(ReconcileTest, SendsNothingTwiceThatHasLanded) {
  const std::vector<Fault> faults = {
      {"a reset", R"({"kind":"accept_then_reset"})", {"unknown", "confirmed"}},
      {"half an answer", R"({"kind":"cut"})", {"unknown", "confirmed"}},
      {"a 502 of a proxy",
       R"({"kind":"status","status":502,"apply":true})",
       {"unavailable", "confirmed"}},
  };
  for (const char* const requested : {kPaths, kTree}) {
    for (const Fault& fault : faults) {
      SCOPED_TRACE(fault.what);
      Deployment deployment{options()};
      deployment.sandbox().add_faults(patches(fault.action));
      ask(deployment, requested);
      const std::string log = drain(deployment);
      EXPECT_EQ(deployment.outcomes("one"), fault.outcomes);
      expect_taken(deployment, 1);
      EXPECT_NE(log.find(R"("event":"rfi.confirmed")"), std::string::npos);
      const auto confirmed = deployment.show("one").at("history").as_array().back().as_object();
      EXPECT_TRUE(confirmed.at("body_sha256").is_null());
      EXPECT_TRUE(confirmed.at("body_bytes").is_null());
    }
  }
}

TEST_F(ReconcileTest, SendsAgainWhatHasNot) {
  Deployment deployment{options()};
  deployment.sandbox().add_faults(patches(R"({"kind":"reset"})"));
  ask(deployment);
  drain(deployment);
  EXPECT_EQ(deployment.outcomes("one"), (Outcomes{"unknown", "accepted"}));
  expect_taken(deployment, 1);
}

TEST_F(ReconcileTest, AsksV1WhereV2DoesNotKnowTheCustomer) {
  Deployment deployment{options()};
  deployment.sandbox().add_faults(patches(R"({"kind":"accept_then_reset"})"));
  deployment.sandbox().add_faults(
      R"({"match":{"method":"GET","path_contains":"/v2/"},"times":-1,"action":{"kind":"status","status":404}})");
  ask(deployment);
  drain(deployment);
  EXPECT_EQ(deployment.outcomes("one"), (Outcomes{"unknown", "confirmed"}));
  expect_taken(deployment, 1);
}

TEST_F(ReconcileTest, WaitsForALookThatFailsAndRecordsNoAttemptForIt) {
  for (const char* const trouble :
       {R"({"kind":"status","status":503})", R"({"kind":"html"})", R"({"kind":"reset"})"}) {
    SCOPED_TRACE(trouble);
    Deployment deployment{options()};
    deployment.sandbox().add_faults(patches(R"({"kind":"accept_then_reset"})"));
    deployment.sandbox().add_faults(gets(trouble));
    deployment.sandbox().add_faults(gets(trouble));
    ask(deployment);
    drain(deployment);
    EXPECT_EQ(deployment.outcomes("one"), (Outcomes{"unknown", "confirmed"}));
    expect_taken(deployment, 1);
  }
}

TEST_F(ReconcileTest, LooksFirstAfterACrash) {
  DeploymentOptions slow = options();
  slow.api = "request_timeout = \"20s\"\n";
  Deployment deployment{slow};
  deployment.sandbox().add_faults(patches(R"({"kind":"slow","delay_ms":3000})"));
  ask(deployment);
  {
    const auto daemon = deployment.start();
    ASSERT_TRUE(wait_until([&] {
      return deployment.sandbox().account(customer_id(1)).at("accepted").to_number<int>() == 1;
    }));
    daemon->send_signal(SIGKILL);
    ASSERT_TRUE(daemon->wait(std::chrono::seconds{5}));
  }
  drain(deployment);
  EXPECT_EQ(deployment.outcomes("one"), (Outcomes{"unknown", "confirmed"}));
  expect_taken(deployment, 1);
}

TEST_F(ReconcileTest, LooksBeforeEverySendIfSoConfigured) {
  Deployment deployment{options("reconcile = \"always\"\n")};
  deployment.sandbox().put_customer(customer_id(1), "[]");
  deployment.enqueue("one", customer_id(1), kPaths, kDocuments);
  drain(deployment);
  EXPECT_EQ(deployment.outcomes("one"), Outcomes{"confirmed"});
  expect_taken(deployment, 0);
}

TEST_F(ReconcileTest, SendsBlindlyOnlyIfSoConfigured) {
  Deployment deployment{options("reconcile = \"never\"\n")};
  deployment.sandbox().add_faults(patches(R"({"kind":"accept_then_reset"})"));
  ask(deployment);
  const FinishedChild run = deployment.run({"run", "--drain"});
  EXPECT_EQ(run.status.code, 0);
  EXPECT_TRUE(deployment.sandbox().requests("method=GET").empty());
  EXPECT_EQ(deployment.outcomes("one"), (Outcomes{"unknown", "rejected"}));
}

TEST_F(ReconcileTest, LooksFirstAfterAnOperatorsRetry) {
  DeploymentOptions once = options();
  once.retry += "max_attempts = 1\n";
  Deployment deployment{once};
  deployment.sandbox().add_faults(patches(R"({"kind":"accept_then_reset"})"));
  ask(deployment);
  drain(deployment);
  ASSERT_EQ(deployment.state("one"), "failed");
  ASSERT_EQ(deployment.run({"retry", "one"}).status.code, 0);
  drain(deployment);
  EXPECT_EQ(deployment.outcomes("one"), (Outcomes{"unknown", "confirmed"}));
  expect_taken(deployment, 1);
}

}  // namespace
}  // namespace rfi::test
