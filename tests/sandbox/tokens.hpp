// Access and refresh tokens.
#pragma once

#include "sandbox/message.hpp"
#include "sandbox/moment.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>

namespace rfi::sandbox {

enum class TokenShape { flat, wrapped };  // the five members at the top, or inside `data`

struct TokenOptions {
  std::string client_id = "sandbox-client";
  std::string client_secret = "sandbox-secret";
  std::chrono::seconds lifetime{
      86400};  // of an access token; a refresh token lives seven times as long
  TokenShape shape = TokenShape::wrapped;
  std::chrono::seconds clock_offset{0};  // how far the API's clock is ahead of this machine's
};

class Tokens {
 public:
  explicit Tokens(TokenOptions options) : options_(std::move(options)) {}

  /// POST /v1/oauth/token
  [[nodiscard]] Answer issue(std::string_view body);

  /// POST /v1/oauth/refresh-token: a refresh token is good for one pair, and then used up.
  [[nodiscard]] Answer refresh(std::string_view body);

  /// Whether `authorization` is `Bearer` and a token that is alive.
  [[nodiscard]] bool authorizes(std::string_view authorization) const;

  void revoke_access() { access_.clear(); }
  void revoke_refresh() { refresh_.clear(); }

 private:
  [[nodiscard]] Answer make_pair();

  TokenOptions options_;
  std::unordered_map<std::string, Moment> access_;   // token -> end
  std::unordered_map<std::string, Moment> refresh_;  // token -> end
};

/// `bytes` random bytes in hexadecimal.
[[nodiscard]] std::string random_text(std::size_t bytes);

}  // namespace rfi::sandbox
