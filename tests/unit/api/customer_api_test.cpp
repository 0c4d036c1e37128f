#include "rfi/api/customer_api.hpp"

#include "unit/api/transport_fixture.hpp"

#include "rfi/platform/clock.hpp"

#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace rfi::test {
namespace {

using policy::BytesLeft;
using policy::Payload;
using policy::Response;
using policy::Stopped;
using policy::TransportFailure;
using std::chrono::milliseconds;

constexpr std::string_view kCustomer = "6f9619ff-8b86-4d01-b42d-00c04fc964ff";

class CustomerApiTest : public TransportTest {
 protected:
  platform::SystemClock clock;
  std::optional<api::CustomerApi> customers;
  std::mutex mutex;
  std::vector<std::string> patches;  ///< and looks, as they arrived
  int tokens = 0;
  std::string look_path = "/v2/customers/{customer_id}";
  std::string answer = http_answer(200, R"({"data":{}})");
  std::deque<std::string> answers;  ///< go first
  std::string token_answer_override;

  /// The server's thread writes into the members above.
  void TearDown() override {
    customers.reset();
    server.reset();
  }

  void begin() {
    serve({[this](Peer& peer) {
      if (!peer.handshake()) {
        return;
      }
      for (std::string text = peer.read_request(); !text.empty(); text = peer.read_request()) {
        const std::string reply = reply_to(text);
        if (reply.empty()) {
          peer.wait_for_end();
          return;
        }
        peer.write(reply);
      }
    }});
    make_customers();
  }

  void make_customers() {
    customers.emplace(
        io.get_executor(),
        api::ApiSettings{settings, {"host", "rfi-submitd/1", "Idempotency-Key"}, look_path},
        tls,
        api::Credentials{"client", platform::Secret{"secret"}},
        clock,
        random,
        [](const api::TokenEvent&) {});
  }

  std::string reply_to(const std::string& text) {
    const std::scoped_lock lock{mutex};
    if (text.starts_with("POST ")) {
      ++tokens;
      if (!token_answer_override.empty()) {
        return token_answer_override;
      }
      return http_answer(200,
                         R"({"access_token":"token-)" + std::to_string(tokens) +
                             R"(","access_token_ttl":"2125-09-02 09:00:00+00"})");
    }
    patches.push_back(text);
    if (!answers.empty()) {
      std::string next = answers.front();
      answers.pop_front();
      return next;
    }
    return answer;
  }

  api::AttemptReport patch() {
    api::PatchRequest request;
    request.customer_id = kCustomer;
    request.body = R"({"a":"b"})";
    request.idempotency_key = "rfi-1";
    return run_coroutine(io, customers->patch(request));
  }

  api::AttemptReport look() {
    api::LookRequest request;
    request.customer_id = kCustomer;
    return run_coroutine(io, customers->look(request));
  }

  /// The request line and the number of the token of each request but those for tokens.
  std::vector<std::string> lines() {
    std::vector<std::string> found;
    for (const std::string& text : patches) {
      const auto token = text.find("Bearer token-") + 13;
      found.push_back(text.substr(0, text.find("\r\n")) + " " + text.substr(token, 1));
    }
    return found;
  }
};

TEST_F(CustomerApiTest, PatchesTheCustomerWithTheTokenInForce) {
  begin();
  const auto report = patch();
  const auto* response = std::get_if<Response>(&report.result);
  ASSERT_NE(response, nullptr);
  EXPECT_EQ(response->status, 200U);
  EXPECT_EQ(response->payload, Payload::json_object);
  ASSERT_EQ(patches.size(), 1U);
  EXPECT_EQ(
      patches[0],
      "PATCH /v1/customers/6f9619ff-8b86-4d01-b42d-00c04fc964ff HTTP/1.1\r\n"
      "Host: host\r\nUser-Agent: rfi-submitd/1\r\nAccept: application/json\r\n"
      "Accept-Encoding: identity\r\nAuthorization: Bearer token-1\r\nIdempotency-Key: rfi-1\r\n"
      "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"a\":\"b\"}");
  (void)patch();
  EXPECT_EQ(tokens, 1);
  EXPECT_EQ(server->connections(), 1U) << "token and PATCH share the pool";
}

TEST_F(CustomerApiTest, TellsPayloadsApart) {
  begin();
  struct Row {
    std::string body;
    Payload payload;
  };
  for (const Row& row : {Row{"", Payload::empty},
                         Row{"{}", Payload::json_object},
                         Row{R"( {"data":{}} )", Payload::json_object},
                         Row{"[]", Payload::other},
                         Row{"null", Payload::other},
                         Row{"<html></html>", Payload::other},
                         Row{"{", Payload::other},
                         Row{"{}{}", Payload::other}}) {
    answer = http_answer(200, row.body);
    const auto report = patch();
    EXPECT_EQ(std::get<Response>(report.result).payload, row.payload) << row.body;
  }
}

TEST_F(CustomerApiTest, ReadsRetryAfterAgainstTheAnswersOwnDate) {
  begin();
  answer = http_answer(429,
                       "{}",
                       "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                       "Retry-After: Sun, 06 Nov 1994 08:51:37 GMT\r\n");
  const auto report = patch();
  const auto& response = std::get<Response>(report.result);
  ASSERT_TRUE(response.retry_after.has_value());
  EXPECT_EQ(response.retry_after->delay, std::chrono::seconds{120});
}

TEST_F(CustomerApiTest, BringsANewTokenAfterA401AndSendsNothingTwiceByItself) {
  begin();
  answer = http_answer(401, R"({"message":"Authentication failed"})");
  const auto report = patch();
  EXPECT_EQ(std::get<Response>(report.result).status, 401U);
  EXPECT_EQ(patches.size(), 1U);
  (void)patch();
  EXPECT_EQ(tokens, 2);
  EXPECT_NE(patches[1].find("Bearer token-2"), std::string::npos);
}

TEST_F(CustomerApiTest, SendsNoPatchWithoutAToken) {
  begin();
  token_answer_override = http_answer(403);
  const auto report = patch();
  const auto* failure = std::get_if<TransportFailure>(&report.result);
  ASSERT_NE(failure, nullptr);
  EXPECT_EQ(failure->phase, policy::Phase::token);
  EXPECT_EQ(failure->bytes_left, BytesLeft::no);
  EXPECT_TRUE(patches.empty());
  const auto tried = run_coroutine(io, customers->try_token());
  ASSERT_TRUE(tried.has_value());
  EXPECT_EQ(tried->error, "token_refused");
}

TEST_F(CustomerApiTest, TakesACodingNobodyAskedForForNoAnswerOfTheApi) {
  begin();
  struct Row {
    const char* name;
    std::string answer;
    Payload payload;
  };
  const std::string zipped{"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00", 14};
  const std::string gzip = "Content-Encoding: gzip\r\n";
  for (const Row& row :
       {Row{"gzip", http_answer(200, zipped, gzip), Payload::other},
        Row{"gzip without saying so", http_answer(200, zipped), Payload::other},
        Row{"said to be gzip", http_answer(200, "{}", gzip), Payload::other},
        Row{"in other letters", http_answer(200, "{}", "content-encoding: BR\r\n"), Payload::other},
        Row{"identity",
            http_answer(200, "{}", "Content-Encoding: Identity\r\n"),
            Payload::json_object},
        Row{"nothing, said to be gzip", http_answer(204, "", gzip), Payload::empty}}) {
    answer = row.answer;
    const auto report = patch();
    EXPECT_EQ(std::get<Response>(report.result).payload, row.payload) << row.name;
  }
}

TEST_F(CustomerApiTest, LooksAtTheCustomer) {
  begin();
  answer = http_answer(200, R"({"data":{"customer_id":"x","request_for_information":[]}})");
  const auto report = look();
  const auto& response = std::get<Response>(report.result);
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.payload, Payload::json_object);
  EXPECT_EQ(response.body, R"({"data":{"customer_id":"x","request_for_information":[]}})");
  EXPECT_EQ(patches,
            (std::vector<std::string>{
                "GET /v2/customers/6f9619ff-8b86-4d01-b42d-00c04fc964ff HTTP/1.1\r\n"
                "Host: host\r\nUser-Agent: rfi-submitd/1\r\nAccept: application/json\r\n"
                "Accept-Encoding: identity\r\nAuthorization: Bearer token-1\r\n\r\n"}));
}

TEST_F(CustomerApiTest, LooksWhereItIsToldAndThenAtV1) {
  look_path = "/v3/{customer_id}/all";
  begin();
  const std::string get = "GET /v3/" + std::string{kCustomer} + "/all HTTP/1.1";
  const std::string v1 = "GET /v1/customers/" + std::string{kCustomer} + " HTTP/1.1";
  struct Row {
    std::vector<int> statuses;
    std::vector<std::string> lines;
    unsigned status;
  };
  for (const Row& row : {
           Row{{404, 200}, {get + " 1", v1 + " 1"}, 200},
           Row{{404, 404}, {get + " 1", v1 + " 1"}, 404},
           Row{{503}, {get + " 1"}, 503},
           Row{{403}, {get + " 1"}, 403},
           Row{{401, 200}, {get + " 1", get + " 2"}, 200},
           Row{{401, 401}, {get + " 2", get + " 3"}, 401},
           Row{{404, 401, 200}, {get + " 4", v1 + " 4", v1 + " 5"}, 200},
           Row{{401, 404, 200}, {get + " 5", get + " 6", v1 + " 6"}, 200},
       }) {
    patches.clear();
    answers.clear();
    for (const int status : row.statuses) {
      answers.push_back(http_answer(static_cast<unsigned>(status)));
    }
    const auto report = look();
    EXPECT_EQ(std::get<Response>(report.result).status, row.status);
    EXPECT_EQ(lines(), row.lines);
    EXPECT_TRUE(answers.empty());
  }
}

TEST_F(CustomerApiTest, SaysHowALookFailed) {
  begin();
  answer = "";  // none
  const auto report = look();
  const auto* failure = std::get_if<TransportFailure>(&report.result);
  ASSERT_NE(failure, nullptr);
  EXPECT_EQ(failure->error, "timeout");
  EXPECT_EQ(patches.size(), 1U) << "what failed is not asked again";
  token_answer_override = http_answer(503);
  customers->reconfigure({settings, {"other", "rfi-submitd/1", ""}, look_path},
                         tls,
                         {"client", platform::Secret{"secret"}});
  const auto without_token = look();
  EXPECT_EQ(std::get<TransportFailure>(without_token.result).error, "token_unavailable");
  EXPECT_EQ(patches.size(), 1U);
  customers->stop();
  EXPECT_TRUE(std::holds_alternative<Stopped>(look().result));
}

TEST_F(CustomerApiTest, AddsTheTimesOfALookThatTookTwoRequests) {
  settings.request_timeout = std::chrono::seconds{3};
  serve({[this](Peer& peer) {
    if (!peer.handshake()) {
      return;
    }
    for (std::string text = peer.read_request(); !text.empty(); text = peer.read_request()) {
      peer.wait(milliseconds{40});
      peer.write(reply_to(text));
    }
  }});
  make_customers();
  answers.push_back(http_answer(404));
  const auto report = look();
  EXPECT_GE(report.timings.wait, milliseconds{75});
}

TEST_F(CustomerApiTest, StopsWhatIsUnderWayAndWhatComesLater) {
  settings.request_timeout = std::chrono::seconds{20};
  answer = "";
  begin();
  after(milliseconds{150}, [this] { customers->stop(); });
  const auto began = std::chrono::steady_clock::now();
  const auto report = patch();
  EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds{150} + kPatience);
  ASSERT_TRUE(std::holds_alternative<Stopped>(report.result));
  EXPECT_EQ(std::get<Stopped>(report.result).bytes_left, BytesLeft::yes);
  const auto later = patch();
  ASSERT_TRUE(std::holds_alternative<Stopped>(later.result));
  EXPECT_EQ(std::get<Stopped>(later.result).bytes_left, BytesLeft::no);
}

}  // namespace
}  // namespace rfi::test
