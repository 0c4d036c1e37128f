// The strict reader: what it takes, what it refuses and where, and that its spans are the original
// bytes.
#include "rfi/allowlist/json_text.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace rfi::allowlist {
namespace {

using std::string_literals::operator""s;

// "" if the text is taken, else "BYTE REASON".
std::string fault_of(std::string_view text, const std::vector<std::string_view>* opened = nullptr) {
  const auto parsed = JsonText::parse(text, opened);
  const auto* fault = std::get_if<JsonFault>(&parsed);
  return fault == nullptr ? "" : std::to_string(fault->byte) + " " + std::string(fault->reason);
}

TEST(JsonText, TakesWhatIsJson) {
  const std::string_view every_length =
      "\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80"
      "\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"";
  const std::vector<std::string_view> texts = {"{}",
                                               "[]",
                                               " [ ] ",
                                               "null",
                                               "true",
                                               "false",
                                               "0",
                                               "-0",
                                               "1.10",
                                               "1e5",
                                               "1E+05",
                                               "1e-5",
                                               "\"\"",
                                               "\t\r\n{\"a\" : [ 1 , \"b\" , null ] }\n",
                                               R"("\"\\\/\b\f\n\r\t\u0000\uFFFF\ud83d\ude00")",
                                               every_length,
                                               R"({"a":1,"A":2,"":3," a":4})",
                                               R"({"a":{"a":{"a":1}}})",
                                               R"([{"a":1},{"a":2}])"};
  for (const std::string_view text : texts) {
    EXPECT_EQ(fault_of(text), "") << text;
  }
}

TEST(JsonText, RefusesWhatIsNot) {
  const std::vector<std::string> texts = {
      ""s,           " "s,          "{"s,        "["s,        "}"s,
      "[1,]"s,       "[,1]"s,       "[1 2]"s,    "[1"s,       R"({"a"})",
      R"({"a":})",   R"({"a":1,})", "{a:1}"s,    "{'a':1}"s,  R"({"a":1 "b":2})",
      "{1:1}"s,      "nul"s,        "True"s,     "NaN"s,      "Infinity"s,
      "-"s,          "+1"s,         ".5"s,       "1."s,       "01"s,
      "-01"s,        "1e"s,         "1e+"s,      "0x1"s,      "1_0"s,
      "\"a"s,        R"("\)",       R"("\x")",   R"("\u12")", R"("\u12g4")",
      R"("\u+123")", "[] []"s,      "{} x"s,     "[]\0"s,     "\xef\xbb\xbf[]"s,
      "[/* */]"s,    "\"a\nb\""s,   "\"\x1f\""s, "\"\0\""s,   "[1}"s,
      R"({"a":1])",  "\v1"s};
  for (const std::string& text : texts) {
    EXPECT_NE(fault_of(text), "") << text;
  }
}

TEST(JsonText, RefusesInvalidUtf8WithItsPlace) {
  for (const std::string& bytes : {"\x80"s,
                                   "\xbf"s,
                                   "\xc0\xaf"s,
                                   "\xc1\xbf"s,
                                   "\xc2"s,
                                   "\xc2\x41"s,
                                   "\xe0\x9f\xbf"s,
                                   "\xe2\x82"s,
                                   "\xe2\x82\x41"s,
                                   "\xed\xa0\x80"s,
                                   "\xed\xbf\xbf"s,
                                   "\xf0\x8f\xbf\xbf"s,
                                   "\xf0\x9f\x98"s,
                                   "\xf4\x90\x80\x80"s,
                                   "\xf5\x80\x80\x80"s,
                                   "\xfe"s,
                                   "\xff"s}) {
    EXPECT_EQ(fault_of("[\"12345678" + bytes + "\"]"), "11 invalid UTF-8");
    EXPECT_EQ(fault_of("{\"" + bytes + "\":1}"), "3 invalid UTF-8");
  }
  for (const std::string bytes : {R"(\ud800)",
                                  R"(\udc00)",
                                  R"(\ud800\ud800)",
                                  R"(\udbff\u0041)",
                                  R"(\ud800x)",
                                  R"(\ud800\n)",
                                  R"(\ud83d\ude0)"}) {
    EXPECT_EQ(fault_of("[\"" + bytes + "\"]"), "3 invalid UTF-8: half of a surrogate pair")
        << bytes;
  }
}

TEST(JsonText, RefusesNumbersThatNoReceiverCarries) {
  const std::string zeros(400, '0');
  for (const std::string& number : {"1e400"s,
                                    "-1e400"s,
                                    "1.8e308"s,
                                    "1e-400"s,
                                    "-1e-400"s,
                                    "1"s + zeros,
                                    "0."s + zeros + "1",
                                    "1e99999999999999999999"s,
                                    "1e-99999999999999999999"s,
                                    "0.0e999999999999999999999"s,  // no reader keeps that exponent
                                    "1"s + zeros + ".5"}) {
    EXPECT_EQ(fault_of("[0," + number + "]"), "4 a number that cannot be carried exactly")
        << number;
  }
  for (const std::string& number : {"1e308"s,
                                    "1.7976931348623157e308"s,
                                    "5e-324"s,
                                    "2.2250738585072014e-308"s,
                                    "1e-310"s,
                                    "0e400"s,
                                    "-0e-400"s,
                                    "18446744073709551616"s,
                                    "0.1234567890123456789012345"s,
                                    "0."s + zeros,
                                    "0."s + zeros + "1e402",
                                    "1"s + zeros + "e-400",
                                    std::string(300, '9')}) {
    EXPECT_EQ(fault_of("[0," + number + "]"), "") << number;
  }
}

TEST(JsonText, RefusesDuplicateNamesAsTheyReadUnescaped) {
  const std::string twice = "a member name stands twice in the object that ends here";
  EXPECT_EQ(fault_of(R"({"a":1,"b":2,"a":3})"), "19 " + twice);
  EXPECT_EQ(fault_of(R"({"a":1,"\u0061":3})"), "18 " + twice);
  EXPECT_EQ(fault_of(R"({"\/":1,"\u002f":3})"), "19 " + twice);
  EXPECT_EQ(fault_of(R"({"é":1,"\u00e9":3})"), "19 " + twice);
  EXPECT_EQ(fault_of(R"({"":1,"":3})"), "11 " + twice);
  EXPECT_EQ(fault_of(R"([[{"x":{"a":1,"a":1}}]])"), "20 " + twice);
  std::string many = "{";
  for (int i = 0; i < 100; ++i) {
    many += "\"m" + std::to_string(i) + "\":0,";
  }
  EXPECT_EQ(fault_of(many + "\"other\":0}"), "");
  EXPECT_NE(fault_of(many + "\"m50\":0}"), "");
  EXPECT_NE(fault_of(many + "\"\\u006d50\":0}"), "");
}

TEST(JsonText, CountsTheOutermostValueAsOneAndStopsAtThirtyTwo) {
  const auto nested = [](std::size_t arrays, const std::string& inside) {
    return std::string(arrays, '[') + inside + std::string(arrays, ']');
  };
  EXPECT_EQ(fault_of(nested(32, "")), "");
  EXPECT_EQ(fault_of(nested(31, "1")), "");
  EXPECT_EQ(fault_of(nested(31, "{}")), "");
  EXPECT_EQ(fault_of(nested(32, "1")), "33 nested deeper than 32");
  EXPECT_EQ(fault_of(nested(33, "")), "33 nested deeper than 32");
  EXPECT_EQ(fault_of(nested(10'000, "")), "33 nested deeper than 32");
  std::string huge;
  huge.resize(50'000'000, '[');
  EXPECT_EQ(fault_of(huge), "33 nested deeper than 32");
  const std::vector<std::string_view> nothing;
  EXPECT_EQ(fault_of("{\"a\":" + nested(32, "") + "}", &nothing), "37 nested deeper than 32");
}

TEST(JsonText, GivesTheOriginalBytes) {
  const std::string text = "{ \"a\\u0062\" :\t[ 1.10 , {\"x\":-0} ,\"\\/\" ] , \"c\":null}";
  const auto parsed = JsonText::parse(text);
  const JsonText::Value root = std::get<JsonText>(parsed).root();
  EXPECT_EQ(root.text(), text);
  std::vector<std::string> seen;
  std::string room;
  for (const JsonText::Value member : root.children()) {
    seen.emplace_back(std::string(member.name_text()) + "|" + std::string(member.name()) + "|" +
                      std::string(member.text()));
    for (const JsonText::Value inner : member.children()) {
      seen.emplace_back(std::string(inner.text()) + "|" + std::string(inner.string(room)));
    }
  }
  EXPECT_EQ(seen,
            (std::vector<std::string>{R"("a\u0062"|ab|[ 1.10 , {"x":-0} ,"\/" ])",
                                      "1.10|",
                                      "{\"x\":-0}|",
                                      R"("\/"|/)",
                                      R"("c"|c|null)"}));
  EXPECT_TRUE(root.find("ab").has_value());
  EXPECT_FALSE(root.find("c").has_value());
  EXPECT_FALSE(root.find("x").has_value());
}

TEST(JsonText, DecodesEscapes) {
  const std::string text = R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00\u0000.")";
  const auto parsed = JsonText::parse(text);
  std::string room;
  EXPECT_EQ(std::get<JsonText>(parsed).root().string(room),
            "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\0."s);
}

TEST(JsonText, JudgesWhatItDoesNotOpen) {
  const std::vector<std::string_view> opened = {"b"};
  const std::string text = R"({"a":{"b":[1]},"b":[{"c":[ ],"b":{"d":1}}],"e":[]})";
  const auto parsed = JsonText::parse(text, &opened);
  const JsonText::Value root = std::get<JsonText>(parsed).root();
  EXPECT_TRUE(root.find("a")->children().empty());
  EXPECT_EQ(root.find("a")->text(), R"({"b":[1]})");
  EXPECT_FALSE(root.find("e").has_value());
  const JsonText::Value item = *root.find("b")->children().begin();
  EXPECT_FALSE(item.find("c").has_value());
  EXPECT_TRUE(item.find("b")->find("d").has_value());
  EXPECT_NE(fault_of(R"({"a":{"x":1,"x":2}})", &opened), "");
  EXPECT_NE(fault_of(R"({"a":[1e400]})", &opened), "");
}

TEST(JsonText, IsQuickOnLargeTexts) {
  std::string names = "{";
  for (std::size_t i = 0; names.size() < 3'000'000; ++i) {
    names += "\"n" + std::to_string(i) + "\":0,";
  }
  names += "\"last\":0}";
  std::string numbers = "[0";
  while (numbers.size() < 3'000'000) {
    numbers += ",0,[],\"\",{}";
  }
  numbers += "]";
  const std::string digits(3'000'000, '7');
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(fault_of(names), "");
  EXPECT_EQ(fault_of(numbers), "");
  EXPECT_EQ(fault_of("\"" + digits + "\""), "");
  EXPECT_NE(fault_of(digits), "");
  EXPECT_EQ(fault_of("0." + digits), "");
  // Seconds even under sanitizers; quadratic work would take hours.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace rfi::allowlist
