// Answers of the token endpoints: a pair that can be used, or a sentence without anything of the
// answer.
#include "fuzz/fuzz_target.hpp"

#include "rfi/api/token_answer.hpp"

#include <algorithm>
#include <variant>

namespace {

using rfi::api::TokenPair;
using rfi::fuzz::require;

constexpr auto kNow = rfi::policy::utc_from_unix_ms(1'767'225'600'000);  // 2026-01-01

bool fits_a_header(std::string_view token) {
  return !token.empty() && std::ranges::all_of(token, [](char c) { return c >= '!' && c <= '~'; });
}

bool is_own_sentence(std::string_view message) {
  return message == "the token answer is no JSON object" ||
         message == "the token answer has no usable access_token" ||
         message ==
             "the token answer has no readable access_token_ttl (expected YYYY-MM-DD HH:MM:SS+00)";
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto text = rfi::fuzz::text_of(bytes, size);
  const auto read = rfi::api::read_token_answer(text, kNow);
  if (const auto* problem = std::get_if<rfi::api::TokenAnswerProblem>(&read)) {
    require(is_own_sentence(problem->message), "a problem says nothing of the answer");
    return 0;
  }
  const auto& pair = std::get<TokenPair>(read);
  require(fits_a_header(pair.access.reveal()), "a token cannot make a second header");
  require(pair.access_lifetime.count() >= 0 && pair.refresh_lifetime.count() >= 0,
          "a life has a length");
  require(!pair.refresh || !pair.refresh->empty(), "a refresh token is not empty");
  return 0;
}
