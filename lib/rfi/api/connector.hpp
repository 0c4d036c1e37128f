// From a name to a connection that may carry requests: name, TCP, the proxy's tunnel, TLS.
#pragma once

#include "rfi/api/abort.hpp"
#include "rfi/api/connection.hpp"
#include "rfi/api/endpoint.hpp"
#include "rfi/api/resolver.hpp"
#include "rfi/api/tls_context.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace rfi::api {

/// Makes connections to one endpoint by one way. What a reload changes is a new connector; what is
/// under way keeps the one it began with. Io thread only.
class Connector {
 public:
  using Result =
      std::variant<std::unique_ptr<Connection>, policy::TransportFailure, policy::Stopped>;

  /// `tls` null: plain http, which no proxy sees (it is for loopback addresses only).
  Connector(boost::asio::any_io_executor executor,
            Endpoint endpoint,
            std::optional<ProxyAddress> proxy,
            std::shared_ptr<TlsContext> tls);

  /// Whatever fails here fails before a byte of a request has left. What is the proxy's fault has
  /// the error class `proxy`.
  boost::asio::awaitable<Result> connect(SteadyTime deadline, AbortSource& abort);

 private:
  using Failed = std::optional<policy::TransportFailure>;

  boost::asio::awaitable<Failed> reach(boost::asio::ip::tcp::socket& socket,
                                       SteadyTime deadline,
                                       AbortSource& abort);
  [[nodiscard]] policy::TransportFailure failure(policy::Phase phase,
                                                 std::string error,
                                                 const std::string& cause) const;

  boost::asio::any_io_executor executor_;
  Endpoint endpoint_;
  std::optional<ProxyAddress> proxy_;
  std::shared_ptr<TlsContext> tls_;
  Resolver resolver_;
};

}  // namespace rfi::api
