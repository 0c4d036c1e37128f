#include "rfi/api/token_answer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

namespace rfi::api {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// 2025-09-02 08:50:57
constexpr policy::UtcTime kLocal = policy::utc_from_unix_ms(1'756'803'057'000);

std::string pair(std::string_view more = "") {
  return R"({"access_token":"secret-access","access_token_ttl":"2025-09-03 08:50:57+00",)"
         R"("refresh_token":"secret-refresh","refresh_token_ttl":"2025-09-09 08:50:57+00",)"
         R"("current_time":"2025-09-02 08:50:57+00")" +
         std::string{more} + "}";
}

TEST(TokenAnswer, IsReadInBothShapes) {
  for (const std::string& body : {pair(), R"({"data":)" + pair() + "}"}) {
    const auto read = read_token_answer(body, kLocal);
    const auto* tokens = std::get_if<TokenPair>(&read);
    ASSERT_NE(tokens, nullptr) << body;
    EXPECT_EQ(tokens->access.reveal(), "secret-access");
    EXPECT_EQ(tokens->access_lifetime, hours{24});
    ASSERT_TRUE(tokens->refresh.has_value());
    EXPECT_EQ(tokens->refresh->reveal(), "secret-refresh");
    EXPECT_EQ(tokens->refresh_lifetime, hours{24 * 7});
  }
}

TEST(TokenAnswer, CountsFromTheServersClock) {
  const auto read = read_token_answer(pair(), kLocal + hours{1000});
  EXPECT_EQ(std::get<TokenPair>(read).access_lifetime, hours{24});
}

TEST(TokenAnswer, CountsFromOursWhereTheServerDoesNotSay) {
  const std::string body = R"({"access_token":"a","access_token_ttl":"2025-09-02 09:50:57+00"})";
  const auto read = read_token_answer(body, kLocal);
  EXPECT_EQ(std::get<TokenPair>(read).access_lifetime, hours{1});
  EXPECT_FALSE(std::get<TokenPair>(read).refresh.has_value());
}

TEST(TokenAnswer, HasNoLifeLeftOnceItsEndHasPassed) {
  const std::string body =
      R"({"access_token":"a","access_token_ttl":"2025-09-01 08:50:57+00","current_time":"2025-09-02 08:50:57+00"})";
  EXPECT_EQ(std::get<TokenPair>(read_token_answer(body, kLocal)).access_lifetime, milliseconds{0});
}

TEST(TokenAnswer, DoesWithoutAnUnreadableRefreshToken) {
  const std::string body =
      R"({"access_token":"a","access_token_ttl":"2025-09-03 08:50:57+00","refresh_token":"r","refresh_token_ttl":"soon"})";
  EXPECT_FALSE(std::get<TokenPair>(read_token_answer(body, kLocal)).refresh.has_value());
}

TEST(TokenAnswer, IsRefusedWithoutItsPartsAndNeverQuoted) {
  for (const std::string_view body :
       {"",
        "secret-access",
        "[]",
        "{}",
        R"({"data":{}})",
        R"({"access_token":"secret-access"})",
        R"({"access_token":7,"access_token_ttl":"2025-09-03 08:50:57+00"})",
        R"({"access_token":"","access_token_ttl":"2025-09-03 08:50:57+00"})",
        R"({"access_token":"secret-access","access_token_ttl":3600})",
        R"({"access_token":"secret-access","access_token_ttl":"secret-access"})",
        R"({"access_token":"secret-access","access_token_ttl":"2025-09-03 08:50:57+00")"}) {
    const auto read = read_token_answer(body, kLocal);
    const auto* problem = std::get_if<TokenAnswerProblem>(&read);
    ASSERT_NE(problem, nullptr) << body;
    EXPECT_FALSE(problem->message.empty());
    EXPECT_EQ(problem->message.find("secret"), std::string::npos) << problem->message;
  }
}

TEST(TokenAnswer, IsRefusedWhenItsTokenWouldEndItsHeader) {
  for (const std::string_view token : {R"(a\r\nX-Admin: yes)",
                                       R"(a\nb)",
                                       "a b",
                                       R"(a\u0000b)",
                                       R"(a\tb)",
                                       "tokén",
                                       R"(a\u007f)"}) {
    const std::string body = R"({"access_token":")" + std::string{token} +
                             R"(","access_token_ttl":"2025-09-03 08:50:57+00"})";
    EXPECT_TRUE(std::holds_alternative<TokenAnswerProblem>(read_token_answer(body, kLocal)))
        << token;
  }
}

}  // namespace
}  // namespace rfi::api
