#include "rfi/policy/refusal.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::policy {
namespace {

constexpr std::string_view kNothingSent = "{}";

struct ShapeRow {
  std::string_view answer;
  std::string_view expected;
};

TEST(RefusalDetail, ReadsAllFiveShapes) {
  const std::vector<ShapeRow> rows = {
      {R"({"message":"Authentication failed"})", "HTTP 400: Authentication failed"},
      {R"({"message":"Wrong","errors":[{"number":"too short"},{"country":"unknown","state":"x"}]})",
       "HTTP 400: Wrong: number, country, state"},
      {R"({"message":"Wrong"})", "HTTP 400: Wrong"},
      {R"({"status":400,"message":"Validation failed","data":{"expiry_date":"is past","number":"no"}})",
       "HTTP 400: Validation failed: expiry_date, number"},
      {R"({"error":{"code":"forbidden","message":"Not yours","type":"t","details":{"customer":"x"}}})",
       "HTTP 400: Not yours: customer"},
      {R"({"error":{"code":409,"message":"In flight"}})", "HTTP 400: In flight"},
      {R"({"error":"conflict","message":"Exists"})", "HTTP 400: Exists"},
      {R"({"error":"conflict"})", "HTTP 400: conflict"},
      {R"({"error":{"message":"inner"},"message":"outer"})", "HTTP 400: outer; inner"},
  };
  for (const ShapeRow& row : rows) {
    EXPECT_EQ(refusal_detail(400, row.answer, kNothingSent), row.expected) << row.answer;
  }
}

TEST(RefusalDetail, KeepsTheNamesOfTheMapAndNotWhatItSaysOfThem) {
  const std::string detail = refusal_detail(
      422, R"({"message":"Wrong","data":{"number":"X1234567 is not a number"}})", kNothingSent);
  EXPECT_EQ(detail, "HTTP 422: Wrong: number");
}

TEST(RefusalDetail, YieldsOnlyTheFactForAnythingElse) {
  EXPECT_EQ(refusal_detail(502, "", kNothingSent), "HTTP 502 without a message");
  for (const std::string_view answer : {"<html>Jane Doe</html>",
                                        "Jane Doe",
                                        R"(["Jane Doe"])",
                                        R"("Jane Doe")",
                                        R"({"message":"Jane Doe")",
                                        "null"}) {
    EXPECT_EQ(refusal_detail(400, answer, kNothingSent),
              "HTTP 400, an answer that is no JSON object");
  }
  for (const std::string_view answer : {"{}",
                                        R"({"message":7})",
                                        R"({"data":{}})",
                                        R"({"error":null})",
                                        R"({"message":"","errors":[]})",
                                        R"({"reason":"Jane Doe"})"}) {
    EXPECT_EQ(refusal_detail(400, answer, kNothingSent), "HTTP 400 without a message") << answer;
  }
}

struct ValueRow {
  std::string_view body;
  std::string_view message;
  std::string_view expected;
};

TEST(RefusalDetail, ReplacesEveryValueOfTheBody) {
  const std::vector<ValueRow> rows = {
      {R"({"number":"X1234567"})", "number X1234567 is taken", "number … is taken"},
      {R"({"number":"X1234567"})", "X1234567X1234567", "……"},
      {R"({"a":{"b":[{"c":"deep down"}]}})", "deep down is wrong", "… is wrong"},
      {R"({"name":"José"})", "José is wrong", "… is wrong"},
      {R"({"name":"Jane"})", "JANE is wrong, jane too", "… is wrong, … too"},
      {R"({"name":"a\"b\\c\u00e9"})", R"(a\"b\\cé is wrong)", "… is wrong"},
      {R"({"amount":1.10,"count":42,"debt":-7})", "1.10 and 42 and -7", "… and … and …"},
      {R"({"name":""})", "nothing is lost", "nothing is lost"},
      // The longer one first, or a part of it would stay behind.
      {R"({"first":"Jane","full":"Jane Doe"})", "Jane Doe and Jane", "… and …"},
      {R"({"full":"Jane Doe","last":"Doe"})", "Jane Doe, Doe", "…, …"},
      // Two that overlap in the message: nothing of either stays behind.
      {R"({"a":"North Street","b":"Street 12"})", "at North Street 12 now", "at … now"},
      {R"({"a":"Street 12 B","b":"North Street"})", "at North Street 12 B now", "at … now"},
      {R"({"a":"aXa"})", "aXaXa", "…"},
  };
  for (const ValueRow& row : rows) {
    const std::string answer = R"({"message":")" + std::string{row.message} + R"("})";
    EXPECT_EQ(refusal_detail(400, answer, row.body), "HTTP 400: " + std::string{row.expected})
        << row.body;
  }
}

TEST(RefusalDetail, ReplacesValuesAmongTheNamesToo) {
  EXPECT_EQ(
      refusal_detail(
          400, R"({"message":"Wrong","data":{"X1234567":"taken"}})", R"({"number":"X1234567"})"),
      "HTTP 400: Wrong: …");
}

TEST(RefusalDetail, EscapesControlCharacters) {
  EXPECT_EQ(refusal_detail(400, R"({"message":"a\r\nb\tc\u001b[31m\u007f\u0000d"})", kNothingSent),
            R"(HTTP 400: a\u000d\u000ab\u0009c\u001b[31m\u007f\u0000d)");
  EXPECT_EQ(refusal_detail(400, R"({"message":"x\u0080y\u0085z\u009b\u009f"})", kNothingSent),
            R"(HTTP 400: x\u0080y\u0085z\u009b\u009f)");
  EXPECT_EQ(refusal_detail(400, R"({"message":"\u00a0\u00c2\u4f60"})", kNothingSent),
            "HTTP 400: \u00a0\u00c2\u4f60");
}

TEST(RefusalDetail, CutsAtTwoHundredBytesAndAtACharactersBorder) {
  for (std::size_t padding = 150; padding < 260; ++padding) {
    const std::string text = std::string(padding, 'x') + "éééé你好你好" + std::string(100, 'y');
    const std::string detail =
        refusal_detail(400, R"({"message":")" + text + R"("})", kNothingSent);
    ASSERT_LE(detail.size(), 200U) << padding;
    ASSERT_GE(detail.size(), 195U) << padding;
    ASSERT_TRUE(detail.ends_with("…")) << padding;
    const std::string kept = detail.substr(0, detail.size() - 3);
    ASSERT_EQ(("HTTP 400: " + text).compare(0, kept.size(), kept), 0) << padding;
    const auto next = static_cast<unsigned char>(("HTTP 400: " + text)[kept.size()]);
    ASSERT_NE(next & 0xC0U, 0x80U) << padding;
  }
  const std::string fits(190, 'x');
  EXPECT_EQ(refusal_detail(400, R"({"message":")" + fits + R"("})", kNothingSent),
            "HTTP 400: " + fits);
}

TEST(RefusalDetail, ReplacesAValueThatTheCutRunsThrough) {
  const std::string value(100, 'v');
  const std::string answer = R"({"message":")" + std::string(150, 'x') + value + R"("})";
  EXPECT_EQ(refusal_detail(400, answer, R"({"a":")" + value + R"("})"),
            "HTTP 400: " + std::string(150, 'x') + "…");
}

// A large answer and a large body meet on the only thread that serves requests.
TEST(RefusalDetail, IsQuickForALargeAnswerAndBody) {
  std::string body = R"({"list":[)";
  for (int i = 0; body.size() < 200'000; ++i) {
    body += (i == 0 ? "\"v" : ",\"v") + std::to_string(i) + "\"";
  }
  body += "]}";
  const std::string answer = R"({"message":")" + std::string(1'000'000, 'v') + R"("})";
  const auto began = std::chrono::steady_clock::now();
  EXPECT_LE(refusal_detail(400, answer, body).size(), 200U);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{10});
}

}  // namespace
}  // namespace rfi::policy
