#include "rfi/api/endpoint.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

namespace rfi::api {
namespace {

/// The host stands in a header: what its percent-encoding hid must not end it.
bool fits_a_header(const std::string& host) {
  return std::ranges::all_of(host, [](char c) { return c > ' ' && c <= '~'; });
}

bool is_port(std::string_view text) {
  std::uint16_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc{} && end == text.data() + text.size() && number != 0;
}

std::string bracketed(const std::string& host) {
  return host.find(':') != std::string::npos ? "[" + host + "]" : host;
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view base_url) {
  namespace urls = boost::urls;
  const auto parsed = urls::parse_uri(urls::string_view{base_url.data(), base_url.size()});
  if (!parsed || parsed->has_userinfo() || parsed->has_query() || parsed->has_fragment() ||
      parsed->encoded_host_address().empty()) {
    return std::nullopt;
  }
  const urls::url_view& url = *parsed;
  Endpoint endpoint;
  if (url.scheme_id() == urls::scheme::https) {
    endpoint.scheme = Scheme::https;
    endpoint.port = "443";
  } else if (url.scheme_id() == urls::scheme::http) {
    endpoint.scheme = Scheme::http;
    endpoint.port = "80";
  } else {
    return std::nullopt;
  }
  endpoint.host = url.host_address();
  if (!fits_a_header(endpoint.host)) {
    return std::nullopt;
  }
  if (url.has_port() && !url.port().empty()) {
    endpoint.port = std::string{url.port()};
  }
  if (!is_port(endpoint.port)) {
    return std::nullopt;
  }
  endpoint.prefix = std::string{url.encoded_path()};
  while (!endpoint.prefix.empty() && endpoint.prefix.back() == '/') {
    endpoint.prefix.pop_back();
  }
  if (!endpoint.prefix.empty() && endpoint.prefix.front() != '/') {
    return std::nullopt;  // Boost.URL 1.81 reads `host:word` as a host and the path `word`
  }
  return endpoint;
}

std::optional<ProxyAddress> parse_proxy(std::string_view url) {
  auto endpoint = parse_endpoint(url);
  if (!endpoint || endpoint->scheme != Scheme::http || !endpoint->prefix.empty()) {
    return std::nullopt;
  }
  return ProxyAddress{std::move(endpoint->host), std::move(endpoint->port)};
}

std::string authority(const Endpoint& endpoint) {
  return bracketed(endpoint.host) + ":" + endpoint.port;
}

std::string host_header(const Endpoint& endpoint) {
  std::string header = bracketed(endpoint.host);
  const std::string_view default_port = endpoint.scheme == Scheme::https ? "443" : "80";
  if (endpoint.port != default_port) {
    header += ":" + endpoint.port;
  }
  return header;
}

}  // namespace rfi::api
