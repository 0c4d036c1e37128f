#include "sandbox/server.hpp"

#include "sandbox/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <openssl/ssl.h>

#include <sys/socket.h>

#include <array>
#include <csignal>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

namespace rfi::sandbox {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

asio::ssl::context make_tls(const ServerOptions& options) {
  asio::ssl::context tls{asio::ssl::context::tls_server};
  SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
  tls.use_certificate_chain_file(options.certificate.string());
  tls.use_private_key_file(options.key.string(), asio::ssl::context::pem);
  constexpr std::array<unsigned char, 3> kIdentity{'r', 'f', 'i'};
  SSL_CTX_set_session_id_context(tls.native_handle(), kIdentity.data(), kIdentity.size());
  if (options.client_certificates == ClientCertificates::required) {
    tls.load_verify_file(options.ca_file.string());
    tls.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  }
  return tls;
}

tcp::acceptor listen(asio::io_context& io, const std::string& text, std::uint16_t port) {
  const asio::ip::address address = asio::ip::make_address(text);
  if (!address.is_loopback()) {
    throw std::invalid_argument("the sandbox listens at loopback addresses only, not at " + text);
  }
  const tcp::endpoint endpoint{address, port};
  tcp::acceptor acceptor{io};
  acceptor.open(endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  if (address.is_v6()) {
    acceptor.set_option(asio::ip::v6_only(true));
  }
  acceptor.bind(endpoint);
  acceptor.listen();
  return acceptor;
}

/// An exception out of a session is a bug of the sandbox and must end it.
void rethrow(const std::exception_ptr& failure) {
  if (failure) {
    std::rethrow_exception(failure);
  }
}

class Server {
 public:
  Server(asio::io_context& io, asio::ssl::context& tls, Sandbox& sandbox)
      : io_(io), tls_(tls), sandbox_(sandbox) {}

  asio::awaitable<void> accept_from(tcp::acceptor acceptor) {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(kNoThrow);
      if (error == asio::error::operation_aborted) {
        co_return;
      }
      if (!error) {
        start(std::move(socket));
      }
    }
  }

 private:
  void start(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const auto session =
        std::make_shared<Session>(std::move(socket), tls_, sandbox_, ++connections_);
    asio::co_spawn(
        io_, session->run(), [session](const std::exception_ptr& failure) { rethrow(failure); });
  }

  asio::io_context& io_;
  asio::ssl::context& tls_;
  Sandbox& sandbox_;
  std::uint64_t connections_ = 0;
};

}  // namespace

void serve(const ServerOptions& options,
           Sandbox& sandbox,
           const std::function<void(std::uint16_t)>& ready) {
  asio::ssl::context tls = make_tls(options);
  asio::io_context io{1};
  Server server{io, tls, sandbox};
  std::uint16_t port = options.port;
  for (const std::string& address : options.addresses) {
    tcp::acceptor acceptor = listen(io, address, port);
    port = acceptor.local_endpoint().port();
    asio::co_spawn(io, server.accept_from(std::move(acceptor)), rethrow);
  }

  // Nothing here outlives the process that matters: open connections may be dropped.
  const auto stop = [&io](error_code error) {
    if (!error) {
      io.stop();
    }
  };
  asio::signal_set signals{io, SIGTERM, SIGINT};
  signals.async_wait([stop](error_code error, int /*signal*/) { stop(error); });
  asio::steady_timer end{io, options.lifetime};
  end.async_wait(stop);
  ready(port);
  io.run();
}

}  // namespace rfi::sandbox
