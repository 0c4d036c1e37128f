#include "rfi/platform/config_rules.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace rfi::platform {
namespace {

namespace urls = boost::urls;

constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
constexpr std::string_view kPathMarks = "-._~!$&'()*+,;=:@/%";

bool is_alphanumeric(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9');
}

bool is_name_character(char character) {
  return is_alphanumeric(character) || character == '_';
}

bool is_control(char character) {
  return static_cast<std::uint8_t>(character) < 0x20 || character == '\x7F';
}

bool is_one_of(char character, std::string_view set) {
  return set.find(character) != std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                : character;
  });
  return result;
}

bool is_loopback(const urls::url_view& url) {
  switch (url.host_type()) {
    case urls::host_type::ipv4:
      return url.host_ipv4_address().is_loopback();
    case urls::host_type::ipv6:
      return url.host_ipv6_address().is_loopback();
    case urls::host_type::name:
      return lower(url.encoded_host()) == "localhost";
    case urls::host_type::none:
    case urls::host_type::ipvfuture:
      return false;
  }
  return false;
}

// Boost.URL 1.81 reads the host of "http://127.0.0.1.example.com" as 127.0.0.1 and the rest as a
// path without a slash. Whoever parses the URL again to connect would go there too, so such a host
// is refused.
bool is_misread(const urls::url_view& url) {
  return !url.encoded_path().empty() && !url.encoded_path().starts_with('/');
}

// What is hidden in a host by percent-encoding (a space, a line break) has no place in the header
// it goes into, and no host name needs it.
bool has_encoded_host(const urls::url_view& url) {
  return url.encoded_host().find('%') != std::string_view::npos;
}

bool has_bad_port(const urls::url_view& url) {
  return url.has_port() && (url.port().empty() || url.port_number() == 0);
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_name_character);
}

}  // namespace

Complaint check_text(std::string_view text) {
  if (text.empty()) {
    return "must not be empty";
  }
  if (std::ranges::any_of(text, is_control)) {
    return "must not contain control characters";
  }
  return std::nullopt;
}

Complaint check_base_url(std::string_view text) {
  const auto parsed = urls::parse_uri(text);
  if (!parsed || parsed->encoded_host().empty() || has_encoded_host(*parsed) ||
      has_bad_port(*parsed)) {
    return "must be an absolute URL: write \"https://host\", \"https://host:port\" or "
           "\"https://host/path\"";
  }
  const urls::url_view& url = *parsed;
  if (is_misread(url)) {
    return "must not have a host name that begins with an IP address";
  }
  if (url.has_userinfo()) {
    return "must not contain a user or a password: the daemon signs in with auth.client_id and its "
           "secret";
  }
  if (url.has_query() || url.has_fragment()) {
    return R"(must end with the host, the port or a path: leave out what follows "?" or "#")";
  }
  if (url.scheme_id() == urls::scheme::https ||
      (url.scheme_id() == urls::scheme::http && is_loopback(url))) {
    return std::nullopt;
  }
  return "must begin with https://; http:// is for a loopback address only (localhost, 127.x.x.x, "
         "[::1])";
}

Complaint check_proxy(std::string_view text) {
  const auto parsed = urls::parse_uri(text);
  if (parsed && parsed->has_userinfo()) {
    return "must not contain a user or a password, a secret has no place in this file: let the "
           "proxy admit this host without";
  }
  if (parsed && parsed->scheme_id() == urls::scheme::http && !parsed->encoded_host().empty() &&
      !has_encoded_host(*parsed) && parsed->has_port() && !has_bad_port(*parsed) &&
      parsed->encoded_path().empty() && !parsed->has_query() && !parsed->has_fragment()) {
    return std::nullopt;
  }
  return "must be \"http://host:port\"";
}

Complaint check_header_name(std::string_view text) {
  constexpr std::array<std::string_view, 10> kOwn = {"accept",
                                                     "accept-encoding",
                                                     "authorization",
                                                     "connection",
                                                     "content-length",
                                                     "content-type",
                                                     "expect",
                                                     "host",
                                                     "transfer-encoding",
                                                     "user-agent"};
  const auto is_token = [](char character) {
    return is_alphanumeric(character) || is_one_of(character, kTokenMarks);
  };
  if (!std::ranges::all_of(text, is_token)) {
    return "must be the name of a header, such as \"Idempotency-Key\"";
  }
  if (std::ranges::find(kOwn, lower(text)) != kOwn.end()) {
    return "must not be a header that every request carries anyway; \"Idempotency-Key\" is usual";
  }
  return std::nullopt;
}

Complaint check_look_path(std::string_view text) {
  constexpr std::string_view kPlace = "{customer_id}";
  const auto at = text.find(kPlace);
  if (text.starts_with('/') && at != std::string_view::npos) {
    const std::string rest =
        std::string(text.substr(0, at)).append(text.substr(at + kPlace.size()));
    if (std::ranges::all_of(rest, [](char character) {
          return is_alphanumeric(character) || is_one_of(character, kPathMarks);
        })) {
      return std::nullopt;
    }
  }
  return "must be a path with {customer_id} in it once, such as \"/v2/customers/{customer_id}\"";
}

Complaint check_explicit_path(std::string_view text) {
  if (text.starts_with('/') || text.starts_with("./") || text.starts_with("../")) {
    return std::ranges::any_of(text, is_control) ? check_text(text) : std::nullopt;
  }
  return "must be the name of a file that begins with \"/\" (or with \"./\", seen from the working "
         "directory)";
}

Complaint check_queue_path(std::string_view text) {
  if (text.starts_with(':') || text.starts_with("file:") || text.ends_with('/')) {
    return "must be the name of a file, such as \"/var/lib/rfi-submitd/queue.db\"";
  }
  return check_text(text);
}

Complaint check_name(std::string_view text) {
  if (is_name(text)) {
    return std::nullopt;
  }
  return "must be a name of letters, digits and underscores, spelled as the API spells it";
}

Complaint check_alias_target(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos
          ? is_name(text)
          : is_name(text.substr(0, dot)) && is_name(text.substr(dot + 1))) {
    return std::nullopt;
  }
  return "must be a section, a field or \"section.field\", spelled as the API spells it";
}

bool names_a_secret(std::string_view key) {
  constexpr std::array<std::string_view, 9> kWords = {"secret",
                                                      "password",
                                                      "passwd",
                                                      "passphrase",
                                                      "token",
                                                      "api_key",
                                                      "apikey",
                                                      "credential",
                                                      "private_key"};
  const std::string folded = lower(key);
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return folded.find(word) != std::string::npos; });
}

}  // namespace rfi::platform
