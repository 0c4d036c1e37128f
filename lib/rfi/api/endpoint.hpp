// Where the API lives: api.base_url taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rfi::api {

enum class Scheme { http, https };

struct Endpoint {
  Scheme scheme = Scheme::https;
  std::string host;  ///< a name or an address, without the brackets of IPv6
  std::string port;  ///< decimal
  std::string
      prefix;  ///< path before `/v1/...`, empty or beginning with `/` and not ending with it
  bool operator==(const Endpoint&) const = default;
};

/// Nothing for a text that is no http(s) URL, or has user info, a query or a fragment. Whether
/// plain http is allowed is the configuration's decision, not made here.
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view base_url);

/// Where an HTTP proxy listens: api.proxy taken apart.
struct ProxyAddress {
  std::string host;  ///< a name or an address, without the brackets of IPv6
  std::string port;  ///< decimal
  bool operator==(const ProxyAddress&) const = default;
};

/// Nothing for a text that is not `http://host[:port]`, or has credentials: a secret has no place
/// in the configuration.
[[nodiscard]] std::optional<ProxyAddress> parse_proxy(std::string_view url);

/// `host:port`, always with the port and with brackets around IPv6: what CONNECT names.
[[nodiscard]] std::string authority(const Endpoint& endpoint);

/// The value of the Host header: brackets around IPv6, no default port.
[[nodiscard]] std::string host_header(const Endpoint& endpoint);

}  // namespace rfi::api
