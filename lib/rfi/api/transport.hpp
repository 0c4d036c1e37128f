// Requests over a pool of kept-alive connections to one endpoint.
#pragma once

#include "rfi/api/abort.hpp"
#include "rfi/api/api_port.hpp"
#include "rfi/api/connection.hpp"
#include "rfi/api/connector.hpp"
#include "rfi/api/endpoint.hpp"
#include "rfi/api/tls_context.hpp"
#include "rfi/platform/random.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::api {

struct TransportSettings {
  Endpoint endpoint;
  std::optional<ProxyAddress> proxy;                  ///< for https only
  std::chrono::milliseconds connect_timeout{10'000};  ///< name, TCP, tunnel and TLS together
  std::chrono::milliseconds request_timeout{30'000};  ///< first byte sent to last byte read
  /// Shorter than any usual server's (5 s and up): a request into a connection that the server is
  /// just closing would end as `unknown`.
  std::chrono::milliseconds idle_limit{4'000};
  /// Of a connection, shortened by up to a quarter at random: a moved host is found and connections
  /// do not all end at once.
  std::chrono::milliseconds maximum_age{300'000};
};

struct TransportReport {
  HttpResult result;
  Timings timings;
};

/// Does not limit how many requests are under way: that is the scheduler's business; the pool grows
/// to what was needed at once and shrinks by idle_limit. Io thread only.
class Transport {
 public:
  /// `tls` null for plain http. `random` must outlive this.
  Transport(boost::asio::any_io_executor executor,
            TransportSettings settings,
            std::shared_ptr<TlsContext> tls,
            platform::Random& random);

  /// Sends one request (a complete HTTP/1.1 message) and reads its answer. Never tries a second
  /// time: once a byte has left, "stale connection, just resend" would be a guess.
  boost::asio::awaitable<TransportReport> send(std::string request);

  /// The same with a body that is streamed behind `request`: the source's bytes, then `tail`.
  boost::asio::awaitable<TransportReport> send(std::string request,
                                               ByteSource* source,
                                               std::string_view tail);

  /// Ends what is under way with policy::Stopped, and whatever comes later.
  void stop();
  [[nodiscard]] bool stopped() const { return abort_.requested(); }

  /// For whatever is begun from now on (renewed certificates, a moved API). What is under way ends
  /// as it began.
  void reconfigure(TransportSettings settings, std::shared_ptr<TlsContext> tls);

  [[nodiscard]] const Endpoint& endpoint() const { return settings_.endpoint; }

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    SteadyTime expires;  ///< end of its age
    SteadyTime idle_since;
  };

  /// A connection on loan: what must be known to take it back.
  struct Loan {
    std::unique_ptr<Connection> connection;
    SteadyTime expires;
    unsigned settings_number = 0;  ///< of the settings it was made with
  };

  [[nodiscard]] Loan take_idle(SteadyTime now);
  void put_back(Loan loan);
  boost::asio::awaitable<std::unique_ptr<Connection>> connect(HttpResult& failure);
  [[nodiscard]] SteadyTime end_of_age(SteadyTime now);

  boost::asio::any_io_executor executor_;
  TransportSettings settings_;
  platform::Random& random_;
  AbortSource abort_;
  std::shared_ptr<Connector> connector_;  ///< shared with the connects under way
  unsigned settings_number_ = 0;
  std::vector<Idle> idle_;  ///< the one used last at the back: taken first, the others age out
};

}  // namespace rfi::api
