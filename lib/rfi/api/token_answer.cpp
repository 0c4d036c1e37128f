#include "rfi/api/token_answer.hpp"

#include "rfi/api/secret_json.hpp"
#include "rfi/policy/timestamp.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <utility>

namespace rfi::api {
namespace {

namespace json = boost::json;
using policy::UtcTime;

std::string_view text_member(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  if (member == nullptr || !member->is_string()) {
    return {};
  }
  return {member->get_string().data(), member->get_string().size()};
}

/// The token goes into a header: a line break or a space in it would be a second header.
bool fits_a_header(std::string_view token) {
  return !token.empty() && std::ranges::all_of(token, [](char c) { return c > ' ' && c <= '~'; });
}

std::optional<std::chrono::milliseconds> lifetime(const json::object& pair,
                                                  std::string_view name,
                                                  UtcTime server_now) {
  const auto end = policy::parse_api_time(text_member(pair, name));
  if (!end) {
    return std::nullopt;
  }
  return std::max(*end - server_now, std::chrono::milliseconds{0});
}

}  // namespace

std::variant<TokenPair, TokenAnswerProblem> read_token_answer(std::string_view body,
                                                              UtcTime local_now) {
  boost::system::error_code error;
  WipingMemory memory;
  const json::value parsed =
      json::parse(json::string_view{body.data(), body.size()}, error, &memory);
  const json::object* pair = error ? nullptr : parsed.if_object();
  if (pair == nullptr) {
    return TokenAnswerProblem{"the token answer is no JSON object"};
  }
  if (const json::value* wrapped = pair->if_contains("data")) {
    if (wrapped->is_object()) {
      pair = &wrapped->get_object();
    }
  }
  const std::string_view access = text_member(*pair, "access_token");
  if (!fits_a_header(access)) {
    return TokenAnswerProblem{"the token answer has no usable access_token"};
  }
  const UtcTime server_now =
      policy::parse_api_time(text_member(*pair, "current_time")).value_or(local_now);
  const auto access_lifetime = lifetime(*pair, "access_token_ttl", server_now);
  if (!access_lifetime) {
    return TokenAnswerProblem{
        "the token answer has no readable access_token_ttl (expected YYYY-MM-DD HH:MM:SS+00)"};
  }
  TokenPair tokens;
  tokens.access = platform::Secret{access};
  tokens.access_lifetime = *access_lifetime;
  const std::string_view refresh = text_member(*pair, "refresh_token");
  const auto refresh_lifetime = lifetime(*pair, "refresh_token_ttl", server_now);
  if (!refresh.empty() && refresh_lifetime) {
    tokens.refresh = platform::Secret{refresh};
    tokens.refresh_lifetime = *refresh_lifetime;
  }
  return tokens;
}

}  // namespace rfi::api
