// The strict reader against a general one, on damaged texts: it takes nothing the other refuses,
// and what it refuses beyond that it refuses for one of its own three reasons.
#include "rfi/allowlist/body.hpp"
#include "rfi/allowlist/json_text.hpp"

#include <boost/json/parse.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <variant>

namespace rfi::allowlist {
namespace {

// The same texts in every run, so that a failure can be looked into.
std::mt19937 seeded(std::uint32_t seed) {
  return std::mt19937(seed);
}

bool is_json(const std::string& text) {
  boost::system::error_code fault;
  boost::json::parse_options options;
  options.max_depth = 1000;
  (void)boost::json::parse(text, fault, {}, options);
  return !fault;
}

bool is_own_reason(std::string_view reason) {
  return reason.starts_with("a member name stands twice") || reason == "nested deeper than 32" ||
         reason == "a number that cannot be carried exactly";
}

std::string damaged(std::string text, std::mt19937& random) {
  const std::string_view bytes =
      "\"\\{}[]:,0123456789.eE+-truefalsn \n\t/u\x80\xc3\xa9\xed\xff\x01";
  for (std::size_t count = 1 + random() % 3; count > 0; --count) {
    const std::size_t at = random() % text.size();
    const char byte = bytes[random() % bytes.size()];
    switch (random() % 4) {
      case 0:
        text[at] = byte;
        break;
      case 1:
        text.insert(at, 1, byte);
        break;
      case 2:
        text.insert(at, text.substr(random() % text.size(), random() % 12));
        break;
      default:
        text.erase(at, 1 + random() % 3);
    }
    if (text.empty()) {
      return "0";
    }
  }
  return text;
}

TEST(JsonTextProperty, TakesNothingThatAnotherReaderRefuses) {
  const std::string_view text =
      R"({"section":"a\u00e9\ud83d\ude00\n","categories":[{"document_type":"é","fields":[)"
      R"({"n":-12.50e+3,"a":0,"b":[true,false,null,[],{}]},"x"]}], "c" : [1,2 , 3]})";
  std::mt19937 random = seeded(7);
  std::size_t taken = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string candidate = damaged(std::string(text), random);
    const auto parsed = JsonText::parse(candidate);
    const auto* fault = std::get_if<JsonFault>(&parsed);
    const bool json = is_json(candidate);
    if (fault == nullptr || !is_own_reason(fault->reason)) {
      ASSERT_EQ(fault == nullptr, json) << candidate;
    }
    ++(json ? taken : refused);
  }
  EXPECT_GT(taken, 1000U);
  EXPECT_GT(refused, 1000U);
}

TEST(JsonTextProperty, ProjectionSurvivesDamageAndSendsJsonOrNothing) {
  const std::string requested =
      R"(["proof_of_identity.files",{"section":"supporting_documents","categories":[{"document_type":"VISA",)"
      R"("fields":[{"field_name":"number"},{"field_name":"files","side":"FRONT"}]}]},"future"])";
  const std::string documents =
      R"({"proof_of_identity":{"type":"VISA","files":[{"uri":"/1","side":"BACK"},{"uri":"/2"}]},)"
      R"("supporting_documents":[{"type":"VISA","number":"1","files":[{"uri":"/3","side":"FRONT"}]}],)"
      R"("future":{"a":[1.10,null]},"associated_party_attachments":[{"associated_party_id":"x"}]})";
  std::mt19937 random = seeded(11);
  Settings settings;
  settings.partial = Partial::send;
  std::size_t sent = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string asked = random() % 2 == 0 ? requested : damaged(requested, random);
    const std::string held = damaged(documents, random);
    const Projection projection = project(asked, held, settings);
    ASSERT_NE(projection.body.empty(), !projection.refusal.has_value()) << asked << held;
    if (!projection.refusal) {
      ++sent;
      ASSERT_TRUE(std::holds_alternative<JsonText>(JsonText::parse(projection.body)))
          << projection.body;
    }
  }
  EXPECT_GT(sent, 300U);
}

}  // namespace
}  // namespace rfi::allowlist
