#include "rfi/api/connector.hpp"

#include "rfi/api/dial.hpp"
#include "rfi/api/network_error.hpp"
#include "rfi/api/tunnel.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace rfi::api {

namespace asio = boost::asio;
using asio::ip::tcp;
using policy::BytesLeft;
using policy::Phase;
using policy::TransportFailure;

namespace {

Resolver make_resolver(const asio::any_io_executor& executor,
                       const Endpoint& endpoint,
                       const std::optional<ProxyAddress>& proxy) {
  if (proxy) {
    return {executor, proxy->host, proxy->port, "api.proxy"};
  }
  return {executor, endpoint.host, endpoint.port, "api.base_url"};
}

/// Without TLS a token must not leave the machine, whatever the name `localhost` leads to. Returns
/// how many are left.
std::size_t keep_loopback(Addresses& addresses) {
  std::erase_if(addresses,
                [](const tcp::endpoint& endpoint) { return !endpoint.address().is_loopback(); });
  return addresses.size();
}

}  // namespace

Connector::Connector(asio::any_io_executor executor,
                     Endpoint endpoint,
                     std::optional<ProxyAddress> proxy,
                     std::shared_ptr<TlsContext> tls)
    : executor_(std::move(executor)),
      endpoint_(std::move(endpoint)),
      proxy_(tls ? std::move(proxy) : std::nullopt),
      tls_(std::move(tls)),
      resolver_(make_resolver(executor_, endpoint_, proxy_)) {}

TransportFailure Connector::failure(Phase phase,
                                    std::string error,
                                    const std::string& cause) const {
  if (proxy_) {
    return {phase, BytesLeft::no, "proxy", cause};
  }
  return {phase, BytesLeft::no, std::move(error), cause};
}

/// A TCP connection whose other end is the API, directly or at the far end of the proxy.
asio::awaitable<Connector::Failed> Connector::reach(tcp::socket& socket,
                                                    SteadyTime deadline,
                                                    AbortSource& abort) {
  auto resolved = co_await resolver_.resolve(deadline, abort);
  if (const auto* problem = std::get_if<ResolveFailure>(&resolved)) {
    const char* error = problem->timed_out ? "timeout" : "dns";
    co_return failure(Phase::resolve, error, problem->detail);
  }
  Addresses addresses = std::get<Addresses>(std::move(resolved));
  if (!tls_ && keep_loopback(addresses) == 0) {
    co_return failure(Phase::resolve,
                      "dns",
                      "the name of api.base_url is no loopback address, and nothing else is spoken "
                      "to without TLS: write https://");
  }
  DialResult dialled = co_await dial(executor_, std::move(addresses), deadline, abort);
  if (const auto* error = std::get_if<boost::system::error_code>(&dialled)) {
    const std::string target = proxy_ ? "the proxy of api.proxy" : "the API";
    co_return failure(Phase::connect,
                      error_class(*error),
                      "no connection to " + target + ": " + error->message());
  }
  socket = std::get<tcp::socket>(std::move(dialled));
  if (proxy_) {
    const auto refused = co_await open_tunnel(socket, authority(endpoint_), deadline, abort);
    if (refused) {
      co_return failure(Phase::connect, "proxy", *refused);
    }
  }
  co_return std::nullopt;
}

asio::awaitable<Connector::Result> Connector::connect(SteadyTime deadline, AbortSource& abort) {
  tcp::socket socket{executor_};
  Failed failed = co_await reach(socket, deadline, abort);
  std::unique_ptr<Connection> connection;
  if (!failed && !abort.requested()) {
    connection = make_connection(std::move(socket), tls_, endpoint_.host);
    failed = co_await connection->handshake(deadline, abort);
  }
  if (abort.requested()) {
    co_return policy::Stopped{};
  }
  if (failed) {
    co_return std::move(*failed);
  }
  co_return connection;
}

}  // namespace rfi::api
