#include "rfi/api/token_source.hpp"

#include "unit/api/transport_fixture.hpp"

#include <atomic>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace rfi::test {
namespace {

using api::AccessToken;
using api::TokenEvent;
using policy::TransportFailure;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class ManualClock final : public platform::Clock {
 public:
  [[nodiscard]] platform::UtcTime utc_now() const override { return platform::UtcTime{} + elapsed; }
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point{} + std::chrono::hours{1} + elapsed;
  }
  milliseconds elapsed{0};
};

/// Tokens `token-1`, `token-2`, ... that live for an hour, their refresh tokens for two.
std::string issued(int number) {
  const std::string n = std::to_string(number);
  return http_answer(
      200,
      R"({"data":{"access_token":"token-)" + n +
          R"(","access_token_ttl":"2025-09-02 09:00:00+00","refresh_token":"refresh-)" + n +
          R"(","refresh_token_ttl":"2025-09-02 10:00:00+00","current_time":"2025-09-02 08:00:00+00"}})");
}

class TokenSourceTest : public TransportTest {
 protected:
  ManualClock clock;
  std::vector<TokenEvent> events;
  std::optional<api::TokenSource> tokens;
  std::mutex mutex;
  std::vector<std::string> asked;       ///< requests, in order
  std::deque<std::string> answers;      ///< further ones: issued(n)
  std::function<void()> before_answer;  ///< on the server's thread

  void begin() {
    serve({[this](Peer& peer) {
      if (!peer.handshake()) {
        return;
      }
      for (std::string text = peer.read_request(); !text.empty(); text = peer.read_request()) {
        if (before_answer) {
          before_answer();
        }
        peer.write(next_answer(text));
      }
    }});
    settings.request_timeout = seconds{3};
    connect_anew();
    tokens.emplace(io.get_executor(),
                   *transport,
                   api::RequestHeaders{"host", "rfi-submitd/1", ""},
                   api::Credentials{"client-1", platform::Secret{"secret-1"}},
                   clock,
                   [this](const TokenEvent& event) { events.push_back(event); });
  }

  std::string next_answer(const std::string& text) {
    const std::scoped_lock lock{mutex};
    asked.push_back(text);
    if (answers.empty()) {
      return issued(static_cast<int>(asked.size()));
    }
    std::string answer = answers.front();
    answers.pop_front();
    return answer;
  }

  /// The token, or the class of the failure.
  std::string token() {
    const auto result = run_coroutine(io, tokens->token());
    if (const auto* access = std::get_if<AccessToken>(&result)) {
      last_generation = access->generation;
      return std::string{access->secret.reveal()};
    }
    if (const auto* failure = std::get_if<TransportFailure>(&result)) {
      EXPECT_EQ(failure->phase, policy::Phase::token);
      EXPECT_EQ(failure->bytes_left, policy::BytesLeft::no);
      return failure->error;
    }
    return "stopped";
  }

  std::size_t times_asked() {
    const std::scoped_lock lock{mutex};
    return asked.size();
  }

  std::uint64_t last_generation = 0;
};

TEST_F(TokenSourceTest, AsksAsTheApiDocuments) {
  begin();
  EXPECT_EQ(token(), "token-1");
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_TRUE(asked[0].starts_with("POST /v1/oauth/token HTTP/1.1\r\n")) << asked[0];
  EXPECT_TRUE(
      asked[0].ends_with("\r\n\r\n{\"client_id\":\"client-1\",\"client_secret\":\"secret-1\"}"));
  EXPECT_EQ(asked[0].find("Authorization"), std::string::npos);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].error, "");
  EXPECT_EQ(events[0].lifetime, std::chrono::hours{1});
  EXPECT_FALSE(events[0].refreshed);
}

TEST_F(TokenSourceTest, AsksOnceForAllThatWait) {
  begin();
  int ended = 0;
  for (int i = 0; i < 10; ++i) {
    boost::asio::co_spawn(
        io, tokens->token(), [&](const std::exception_ptr& error, const auto& result) {
          EXPECT_EQ(error, nullptr);
          EXPECT_TRUE(std::holds_alternative<AccessToken>(result));
          ++ended;
        });
  }
  io.restart();
  io.run_for(seconds{5});
  EXPECT_EQ(ended, 10);
  EXPECT_EQ(times_asked(), 1U);
}

TEST_F(TokenSourceTest, KeepsATokenAndRenewsItAheadOfItsEnd) {
  begin();
  EXPECT_EQ(token(), "token-1");
  clock.elapsed = minutes{58};
  EXPECT_EQ(token(), "token-1");
  clock.elapsed = minutes{59} + seconds{1};
  EXPECT_EQ(token(), "token-2");
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_TRUE(asked[1].starts_with("POST /v1/oauth/refresh-token HTTP/1.1\r\n")) << asked[1];
  EXPECT_TRUE(asked[1].ends_with("\r\n\r\n{\"refresh_token\":\"refresh-1\"}")) << asked[1];
  EXPECT_TRUE(events.back().refreshed);
}

TEST_F(TokenSourceTest, IssuesANewOneOnceTheRefreshTokenHasEnded) {
  begin();
  EXPECT_EQ(token(), "token-1");
  clock.elapsed = minutes{121};
  EXPECT_EQ(token(), "token-2");
  EXPECT_TRUE(asked[1].starts_with("POST /v1/oauth/token ")) << asked[1];
}

TEST_F(TokenSourceTest, IssuesANewOneAtOnceWhenTheRefreshIsRefused) {
  begin();
  EXPECT_EQ(token(), "token-1");
  clock.elapsed = minutes{61};
  answers = {http_answer(401, R"({"message":"refresh-1 is no good"})")};
  EXPECT_EQ(token(), "token-3");
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_TRUE(asked[1].starts_with("POST /v1/oauth/refresh-token "));
  EXPECT_TRUE(asked[2].starts_with("POST /v1/oauth/token "));
}

TEST_F(TokenSourceTest, GoesOnWithTheOldOneWhileItLivesThoughTheRenewalFails) {
  begin();
  EXPECT_EQ(token(), "token-1");
  clock.elapsed = minutes{59} + seconds{30};
  answers = {http_answer(500), http_answer(500)};
  EXPECT_EQ(token(), "token-1");
  EXPECT_EQ(times_asked(), 3U);
  EXPECT_EQ(token(), "token-1");
  EXPECT_EQ(times_asked(), 3U) << "not again within a second";
}

TEST_F(TokenSourceTest, SharesAFailureAndDoesNotAskAgainWithinASecond) {
  begin();
  answers = {http_answer(401), http_answer(503)};
  EXPECT_EQ(token(), "token_refused");
  clock.elapsed = milliseconds{999};
  EXPECT_EQ(token(), "token_refused");
  EXPECT_EQ(times_asked(), 1U);
  clock.elapsed = milliseconds{1000};
  EXPECT_EQ(token(), "token_unavailable");
  EXPECT_EQ(times_asked(), 2U);
  clock.elapsed = milliseconds{2000};
  EXPECT_EQ(token(), "token-3");
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].error, "token_refused");
  EXPECT_EQ(events[0].http_status, 401U);
  EXPECT_NE(events[0].detail.find("auth.client_id"), std::string::npos);
}

TEST_F(TokenSourceTest, CallsAnAnswerWithoutATokenUnreadable) {
  begin();
  const std::string expired =
      R"({"access_token":"a","access_token_ttl":"2025-09-02 07:00:00+00","current_time":"2025-09-02 08:00:00+00"})";
  for (const std::string& body : {std::string{"<html>"}, std::string{"{}"}, expired}) {
    answers = {http_answer(200, body)};
    EXPECT_EQ(token(), "token_unreadable") << body;
    clock.elapsed += seconds{2};
  }
}

// A life too short to renew in used to be renewed for ever by the one request that waited for it.
TEST_F(TokenSourceTest, TakesATokenThatIsNearItsEndForOneUse) {
  begin();
  const std::string brief = http_answer(
      200,
      R"({"access_token":"brief","access_token_ttl":"2025-09-02 08:00:01+00","current_time":"2025-09-02 08:00:00+00"})");
  answers = {brief, brief};
  before_answer = [this] { clock.elapsed += milliseconds{950}; };
  EXPECT_EQ(token(), "brief");
  clock.elapsed += milliseconds{950};
  EXPECT_EQ(token(), "brief");
  EXPECT_EQ(times_asked(), 2U);
}

TEST_F(TokenSourceTest, DropsOnlyTheGenerationThatWasRefused) {
  begin();
  EXPECT_EQ(token(), "token-1");
  const auto first = last_generation;
  tokens->refuse(first);
  EXPECT_EQ(token(), "token-2");
  EXPECT_TRUE(asked[1].starts_with("POST /v1/oauth/token ")) << "not by a refresh token";
  EXPECT_NE(last_generation, first);
  tokens->refuse(first);  // a late 401 to the old one
  EXPECT_EQ(token(), "token-2");
  EXPECT_EQ(times_asked(), 2U);
}

TEST_F(TokenSourceTest, TellsNobodyATokenOrASecret) {
  begin();
  answers = {http_answer(401, R"({"message":"secret-1 token-1"})"), http_answer(200, "secret-1")};
  (void)token();
  clock.elapsed = seconds{2};
  (void)token();
  clock.elapsed = seconds{4};
  (void)token();
  ASSERT_EQ(events.size(), 3U);
  for (const TokenEvent& event : events) {
    EXPECT_EQ(event.detail.find("secret-1"), std::string::npos) << event.detail;
    EXPECT_EQ(event.detail.find("token-1"), std::string::npos) << event.detail;
  }
}

TEST_F(TokenSourceTest, DropsATokenOfOtherCredentialsOrOfAnotherHost) {
  begin();
  const api::RequestHeaders headers{"host", "rfi-submitd/1", ""};
  EXPECT_EQ(token(), "token-1");
  tokens->reconfigure(headers, {"client-1", platform::Secret{"secret-1"}});
  EXPECT_EQ(token(), "token-1") << "nothing has changed";
  tokens->reconfigure(headers, {"client-1", platform::Secret{"secret-2"}});
  EXPECT_EQ(token(), "token-2");
  EXPECT_NE(asked[1].find("secret-2"), std::string::npos);
  tokens->reconfigure({"elsewhere", "rfi-submitd/1", ""},
                      {"client-1", platform::Secret{"secret-2"}});
  EXPECT_EQ(token(), "token-3");
}

TEST_F(TokenSourceTest, DropsATokenThatWasOnItsWayWhenTheCredentialsChanged) {
  begin();
  std::atomic<bool> arrived = false;
  std::atomic<bool> changed = false;
  before_answer = [&] {
    arrived = true;
    while (!changed) {
      std::this_thread::sleep_for(milliseconds{1});
    }
  };
  std::string got;
  boost::asio::co_spawn(
      io, tokens->token(), [&](const std::exception_ptr& error, const auto& result) {
        EXPECT_EQ(error, nullptr);
        got = std::get<AccessToken>(result).secret.reveal();
      });
  io.restart();
  while (!arrived) {
    io.run_one_for(milliseconds{5});
  }
  tokens->reconfigure({"host", "rfi-submitd/1", ""}, {"client-2", platform::Secret{"secret-2"}});
  changed = true;
  io.run_for(seconds{5});
  EXPECT_EQ(got, "token-2");
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_NE(asked[1].find("client-2"), std::string::npos);
}

TEST_F(TokenSourceTest, EndsWithTheTransport) {
  begin();
  transport->stop();
  EXPECT_EQ(token(), "stopped");
  EXPECT_TRUE(events.empty());
}

}  // namespace
}  // namespace rfi::test
