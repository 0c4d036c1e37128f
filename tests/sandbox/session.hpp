// One connection: reads requests, delivers answers, or fails as a fault's plan says.
#pragma once

#include "sandbox/exchange.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace rfi::sandbox {

/// Lifetime: whoever runs it keeps the shared pointer until run() is done. The sandbox outlives it.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(boost::asio::ip::tcp::socket socket,
          boost::asio::ssl::context& tls,
          Sandbox& sandbox,
          std::uint64_t number);

  /// Serves the connection to its end; trouble with the client just ends it.
  [[nodiscard]] boost::asio::awaitable<void> run();

 private:
  /// False when the connection is at its end.
  boost::asio::awaitable<bool> serve_one();
  boost::asio::awaitable<bool> deliver(Delivery delivery);
  boost::asio::awaitable<bool> drip(Delivery delivery);
  boost::asio::awaitable<void> end(Ending ending);
  boost::asio::awaitable<void> fail_connection(Fault fault);
  /// Waits; false at once when the client goes, and its exchange is over then.
  boost::asio::awaitable<bool> wait_for_client(std::chrono::milliseconds duration);
  void close(Ending ending);

  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  boost::asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  Sandbox& sandbox_;
  std::uint64_t number_;
  std::uint64_t watch_ = 0;  // tells a late notice of an earlier wait from one of this wait
  bool gone_ = false;
  std::optional<Exchange> exchange_;
};

}  // namespace rfi::sandbox
