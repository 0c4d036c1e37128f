// What the token endpoints answer, read in both documented shapes.
#pragma once

#include "rfi/platform/secret.hpp"
#include "rfi/policy/utc_time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace rfi::api {

/// A pair of tokens with what is left of their lives at the moment of the answer.
struct TokenPair {
  platform::Secret access;
  std::chrono::milliseconds access_lifetime{0};
  std::optional<platform::Secret> refresh;
  std::chrono::milliseconds refresh_lifetime{0};
};

/// Why an answer is no token: one sentence, without any of its values.
struct TokenAnswerProblem {
  std::string message;
};

/// Reads `{access_token, access_token_ttl, refresh_token, refresh_token_ttl, current_time}` at top
/// level or inside `data` (the API's documentation has both). A `*_ttl` is an instant, not a
/// duration: the lifetime is its distance from `current_time`, the server's own clock, so that a
/// wrong local clock does no harm; `local_now` stands in where the answer has no `current_time`.
[[nodiscard]] std::variant<TokenPair, TokenAnswerProblem> read_token_answer(
    std::string_view body, policy::UtcTime local_now);

}  // namespace rfi::api
