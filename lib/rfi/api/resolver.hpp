// Names to addresses, without ever holding up the io thread, another look-up or the end of the
// daemon.
#pragma once

#include "rfi/api/abort.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace rfi::api {

using Addresses = std::vector<boost::asio::ip::tcp::endpoint>;

/// Why there are no addresses: one sentence for a human.
struct ResolveFailure {
  std::string detail;
  bool timed_out = false;
};

/// Looks one name up. A look-up under way is shared by all that ask meanwhile; nothing is kept
/// after it, so that a moved host is found at the next connect. getaddrinfo cannot be cancelled: it
/// runs on a thread of its own that is left behind when the wait ends first. Io thread only.
class Resolver {
 public:
  /// `option` is the key of the configuration that names the host, for messages.
  Resolver(boost::asio::any_io_executor executor,
           std::string host,
           std::string port,
           std::string option = "api.base_url");
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  Resolver(Resolver&&) = delete;
  Resolver& operator=(Resolver&&) = delete;
  ~Resolver();

  /// Waits until `deadline` at the longest. After an abort it ends at once with a failure.
  boost::asio::awaitable<std::variant<Addresses, ResolveFailure>> resolve(
      std::chrono::steady_clock::time_point deadline, AbortSource& abort);

 private:
  struct Lookup;
  void start_lookup();
  void run_lookup(const std::shared_ptr<Lookup>& started);

  boost::asio::any_io_executor executor_;
  std::string host_;
  std::string port_;
  std::string option_;
  std::shared_ptr<Lookup> lookup_;  ///< the one under way, if any
};

}  // namespace rfi::api
