#include "sandbox/tokens.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>

#include <openssl/rand.h>

#include <initializer_list>
#include <map>
#include <optional>
#include <stdexcept>
#include <vector>

namespace rfi::sandbox {
namespace {

namespace json = boost::json;

Answer refuse() {
  return message_answer(401, "Authentication failed");
}

Answer malformed(std::string_view name) {
  return json_answer(
      422,
      json::object{{"message", "The given data was invalid."},
                   {"errors", json::array{json::object{{name, "must be a string"}}}}});
}

using Members = std::map<std::string, std::string, std::less<>>;

/// The string members `names` of a JSON object, or the name of the first that is missing.
struct Form {
  Members members;
  std::optional<std::string_view> missing;
};

Form read_form(std::string_view body, std::initializer_list<std::string_view> names) {
  Form form;
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  for (const std::string_view name : names) {
    const json::value* member =
        !error && value.is_object() ? value.get_object().if_contains(name) : nullptr;
    if (member == nullptr || !member->is_string()) {
      form.missing = name;
      return form;
    }
    form.members.emplace(name, std::string_view{member->get_string()});
  }
  return form;
}

}  // namespace

std::string random_text(std::size_t bytes) {
  std::vector<unsigned char> drawn(bytes);
  if (RAND_bytes(drawn.data(), static_cast<int>(bytes)) != 1) {
    throw std::runtime_error("no random bytes to be had from OpenSSL");
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : drawn) {
    text.push_back(kDigits[byte >> 4U]);
    text.push_back(kDigits[byte & 0xFU]);
  }
  return text;
}

Answer Tokens::make_pair() {
  const Moment time = now();
  const std::string access = "access-" + random_text(24);
  const std::string refresh = "refresh-" + random_text(24);
  const Moment access_end = time + options_.lifetime;
  const Moment refresh_end = time + 7 * options_.lifetime;
  access_.emplace(access, access_end);
  refresh_.emplace(refresh, refresh_end);
  json::object pair{{"access_token", access},
                    {"access_token_ttl", token_time(access_end + options_.clock_offset)},
                    {"refresh_token", refresh},
                    {"refresh_token_ttl", token_time(refresh_end + options_.clock_offset)},
                    {"current_time", token_time(time + options_.clock_offset)}};
  if (options_.shape == TokenShape::wrapped) {
    return json_answer(200, json::object{{"data", std::move(pair)}});
  }
  return json_answer(200, std::move(pair));
}

Answer Tokens::issue(std::string_view body) {
  const Form form = read_form(body, {"client_id", "client_secret"});
  if (form.missing.has_value()) {
    return malformed(*form.missing);
  }
  if (form.members.at("client_id") != options_.client_id ||
      form.members.at("client_secret") != options_.client_secret) {
    return refuse();
  }
  return make_pair();
}

Answer Tokens::refresh(std::string_view body) {
  const Form form = read_form(body, {"refresh_token"});
  if (form.missing.has_value()) {
    return malformed(*form.missing);
  }
  const auto found = refresh_.find(form.members.at("refresh_token"));
  if (found == refresh_.end() || found->second <= now()) {
    return refuse();
  }
  refresh_.erase(found);
  return make_pair();
}

bool Tokens::authorizes(std::string_view authorization) const {
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization.starts_with(kScheme)) {
    return false;
  }
  const auto found = access_.find(std::string{authorization.substr(kScheme.size())});
  return found != access_.end() && found->second > now();
}

}  // namespace rfi::sandbox
