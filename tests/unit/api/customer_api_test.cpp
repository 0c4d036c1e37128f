#include "rfi/api/customer_api.hpp"

#include "unit/api/transport_fixture.hpp"

#include "rfi/platform/clock.hpp"

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
  std::vector<std::string> patches;  ///< as they arrived
  int tokens = 0;
  std::string answer = http_answer(200, R"({"data":{}})");
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
    customers.emplace(
        io.get_executor(),
        api::ApiSettings{
            settings, {"host", "rfi-submitd/1", "Idempotency-Key"}, "/v2/customers/{customer_id}"},
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
    return answer;
  }

  api::AttemptReport patch() {
    api::PatchRequest request;
    request.customer_id = kCustomer;
    request.body = R"({"a":"b"})";
    request.idempotency_key = "rfi-1";
    return run_coroutine(io, customers->patch(request));
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
