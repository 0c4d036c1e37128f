// Each scripted fault once, over a real socket.
#include "sandbox/sandbox_process.hpp"
#include "support/https_client.hpp"

#include <boost/json/parse.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace rfi::test {
namespace {

namespace json = boost::json;

constexpr const char* kCustomer = "3c9a5d1e-7f02-4c11-9a57-0d5e8f1b2a63";
const std::string patch_path = std::string{"/v1/customers/"} + kCustomer;
constexpr const char* kTree = R"([{"section":"tos_policies_value","categories":[
  {"document_type":"TOS","fields":[{"field_name":"tos_policies_value","data_type":"TEXT","status":"MISSING"}]}]}])";
constexpr const char* kBody = R"({"tos_policies_value":"accepted"})";

/// One sandbox for all: every test begins with a customer that has an open RFI, and no faults.
class SandboxFault : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    sandbox = std::make_unique<SandboxProcess>();
    token = sandbox->token();
  }
  static void TearDownTestSuite() { sandbox.reset(); }

  void SetUp() override {
    sandbox->reset("faults");
    sandbox->reset("requests");
    sandbox->put_customer(kCustomer, kTree);
  }

  /// A rule that meets the PATCH of the test once.
  static void script(const std::string& action) {
    sandbox->add_faults(R"({"match":{"method":"PATCH"},"action":)" + action + "}");
  }

  static HttpAnswer patch(HttpsClient& client) {
    return client.request(
        "PATCH",
        patch_path,
        {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}},
        kBody);
  }

  static HttpAnswer patch() {
    HttpsClient client = sandbox->connect();
    return patch(client);
  }

  static bool landed() { return sandbox->account(kCustomer).at("accepted").to_number<int>() == 1; }

  static std::unique_ptr<SandboxProcess> sandbox;
  static std::string token;
};
std::unique_ptr<SandboxProcess> SandboxFault::sandbox;
std::string SandboxFault::token;

TEST_F(SandboxFault, AnswersWithAStatusOfItsOwn) {
  script(
      R"({"kind":"status","status":429,"headers":{"Retry-After":"7"},"body":{"message":"slow down"}})");
  HttpsClient client = sandbox->connect();
  const HttpAnswer answer = patch(client);
  EXPECT_EQ(answer.status, 429U);
  EXPECT_EQ(answer.header("retry-after"), "7");
  EXPECT_EQ(answer.body, R"({"message":"slow down"})");
  EXPECT_FALSE(landed());
  EXPECT_EQ(patch(client).status, 200U);  // used up, on the same connection
}

TEST_F(SandboxFault, CanCarryOutWhatItAnswersWithAnError) {
  script(R"({"kind":"status","status":500,"apply":true})");
  EXPECT_EQ(patch().status, 500U);
  EXPECT_TRUE(landed());
}

TEST_F(SandboxFault, EndsConnectionsInEveryWay) {
  struct Case {
    std::string action;
    AnswerEnding ending;
    unsigned status;
    bool landed;
  };
  const std::vector<Case> cases{
      {R"({"kind":"reset","when":"before_reading"})", AnswerEnding::reset, 0, false},
      {R"({"kind":"reset"})", AnswerEnding::reset, 0, false},
      {R"({"kind":"reset","when":"mid_answer"})", AnswerEnding::reset, 200, true},
      {R"({"kind":"accept_then_reset"})", AnswerEnding::reset, 0, true},
      {R"({"kind":"close"})", AnswerEnding::closed, 0, false},
      {R"({"kind":"close","close_notify":false})", AnswerEnding::truncated, 0, false},
      {R"({"kind":"cut"})", AnswerEnding::truncated, 200, true},
      {R"({"kind":"cut","close_notify":true})", AnswerEnding::closed, 200, true}};
  for (const Case& row : cases) {
    SCOPED_TRACE(row.action);
    SetUp();
    script(row.action);
    const HttpAnswer answer = patch();
    EXPECT_EQ(answer.ending, row.ending);
    EXPECT_EQ(answer.status, row.status);
    EXPECT_EQ(landed(), row.landed);
  }
}

TEST_F(SandboxFault, StrikesBeforeTheHandshake) {
  sandbox->add_faults(R"([{"action":{"kind":"reset","when":"accept"}},
                          {"action":{"kind":"close","when":"accept"}},
                          {"action":{"kind":"hang","when":"accept"}}])");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THROW(static_cast<void>(sandbox->connect()), std::runtime_error);
  }
  const HttpsClientOptions impatient{.port = sandbox->port(),
                                     .ca_file = sandbox->ca_file(),
                                     .limit = std::chrono::milliseconds{100}};
  EXPECT_THROW(HttpsClient{impatient}, std::runtime_error);
  EXPECT_EQ(patch().status, 200U);
}

TEST_F(SandboxFault, IsSlowToAnswer) {
  script(R"({"kind":"slow","delay_ms":80})");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(patch().status, 200U);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{80});
}

TEST_F(SandboxFault, AnswersAByteAtATime) {
  script(R"({"kind":"slow","byte_interval_ms":1})");
  const auto begin = std::chrono::steady_clock::now();
  const HttpAnswer answer = patch();
  EXPECT_EQ(answer.ending, AnswerEnding::complete);
  EXPECT_EQ(answer.status, 200U);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{100});
}

TEST_F(SandboxFault, NeverAnswers) {
  script(R"({"kind":"hang","apply":true})");
  HttpsClient client{{.port = sandbox->port(),
                      .ca_file = sandbox->ca_file(),
                      .limit = std::chrono::milliseconds{100}}};
  EXPECT_EQ(patch(client).ending, AnswerEnding::timed_out);
  EXPECT_TRUE(landed());
}

TEST_F(SandboxFault, SendsWhatIsNotHttp) {
  script(R"({"kind":"malformed"})");
  const HttpAnswer answer = patch();
  EXPECT_EQ(answer.status, 0U);
  EXPECT_NE(answer.body.find("not HTTP"), std::string::npos);
}

TEST_F(SandboxFault, SendsMoreThanAnyoneWants) {
  script(R"({"kind":"oversize"})");
  const HttpAnswer answer = patch();
  EXPECT_EQ(answer.status, 200U);
  EXPECT_GT(answer.body.size(), std::size_t{1024} * 1024);
}

TEST_F(SandboxFault, ActsAsACaptivePortal) {
  script(R"({"kind":"html"})");
  const HttpAnswer answer = patch();
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.header("content-type"), "text/html");
  EXPECT_FALSE(landed());
}

TEST_F(SandboxFault, SendsTheClientElsewhere) {
  script(R"({"kind":"redirect","status":308,"location":"https://localhost:1/x"})");
  const HttpAnswer answer = patch();
  EXPECT_EQ(answer.status, 308U);
  EXPECT_EQ(answer.header("location"), "https://localhost:1/x");
}

TEST_F(SandboxFault, SendsInterimAnswersFirst) {
  script(R"({"kind":"interim","statuses":[100,103]})");
  const HttpAnswer answer = patch();
  EXPECT_EQ(answer.interim, (std::vector<unsigned>{100, 103}));
  EXPECT_EQ(answer.status, 200U);
}

TEST_F(SandboxFault, EndsTheConnectionAfterTheAnswer) {
  for (const bool announced : {true, false}) {
    SetUp();
    script(announced ? R"({"kind":"no_keep_alive"})"
                     : R"({"kind":"no_keep_alive","announce":false,"close_notify":false})");
    HttpsClient client = sandbox->connect();
    const HttpAnswer answer = patch(client);
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.header("connection").has_value(), announced);
    EXPECT_EQ(client.receive().ending, announced ? AnswerEnding::closed : AnswerEnding::truncated);
  }
}

TEST_F(SandboxFault, MeetsTheRequestsItNames) {
  sandbox->add_faults(R"([
    {"match":{"customer":"00000000-0000-4000-8000-000000000000"},"action":{"kind":"status","status":501}},
    {"match":{"path_contains":"oauth"},"action":{"kind":"status","status":502}},
    {"match":{"customer":"3C9A5D1E-7F02-4C11-9A57-0D5E8F1B2A63"},"after":1,"times":2,
     "action":{"kind":"status","status":503}},
    {"times":-1,"action":{"kind":"status","status":504}}])");
  HttpsClient client = sandbox->connect();
  std::vector<unsigned> statuses;
  statuses.reserve(5);
  for (int i = 0; i < 5; ++i) {
    statuses.push_back(patch(client).status);
  }
  EXPECT_EQ(statuses, (std::vector<unsigned>{504, 503, 503, 504, 504}));
}

TEST_F(SandboxFault, RecordsWhatItDid) {
  script(R"({"kind":"accept_then_reset"})");
  static_cast<void>(patch());
  const json::array requests = sandbox->requests("method=PATCH");
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].at("fault").as_string(), "accept_then_reset");
  EXPECT_EQ(requests[0].at("api_status").to_number<int>(), 200);
  EXPECT_EQ(requests[0].at("status").to_number<int>(), 0);
  EXPECT_EQ(requests[0].at("delivered").as_string(), "none");
}

TEST_F(SandboxFault, IsRefusedWhenMisspelt) {
  for (const char* rule : {R"({"action":{"kind":"explode"}})",
                           R"({"action":{"kind":"hang","dealy_ms":1}})",
                           R"({"matches":{},"action":{"kind":"hang"}})",
                           R"({"match":{"path":"x"},"action":{"kind":"hang"}})",
                           R"({"match":{"method":"GET"},"action":{"kind":"hang","when":"accept"}})",
                           R"({"times":"2","action":{"kind":"hang"}})",
                           R"({"action":{"kind":"status","status":99}})",
                           R"({})"}) {
    EXPECT_THROW(sandbox->add_faults(rule), std::runtime_error) << rule;
  }
}

}  // namespace
}  // namespace rfi::test
