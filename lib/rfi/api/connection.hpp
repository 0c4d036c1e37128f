// One connection to the API, over TLS or (to a loopback address only) plain: send a request, read
// its whole answer.
#pragma once

#include "rfi/api/abort.hpp"
#include "rfi/api/byte_source.hpp"
#include "rfi/api/tls_context.hpp"
#include "rfi/policy/attempt_result.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace rfi::api {

using SteadyTime = std::chrono::steady_clock::time_point;

/// A complete answer with the headers that anybody here looks at.
struct HttpAnswer {
  unsigned status = 0;
  std::string body;
  std::string retry_after;
  std::string date;
  std::string request_id;
  bool encoded = false;  ///< the body came in a content coding (gzip), though none was asked for
};

/// A failure, or policy::Stopped when it was our own abort.
using HttpResult = std::variant<HttpAnswer, policy::TransportFailure, policy::Stopped>;

struct HttpExchange {
  HttpResult result;
  SteadyTime
      sent_at{};  ///< when the last byte of the request had been written (or the write had failed)
};

/// What follows the first part of a request: the source's bytes, then `tail`. Both must stay valid.
struct StreamedBody {
  ByteSource* source = nullptr;
  std::string_view tail;
  std::chrono::milliseconds piece_timeout{30'000};  ///< no piece may take longer than this
};

/// Owned by the transport; io thread only. After any failure it is of no further use and is closed.
class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  Connection(Connection&&) = delete;
  Connection& operator=(Connection&&) = delete;
  virtual ~Connection() = default;

  /// Nothing when the connection may carry requests. Plain connections are ready at once.
  virtual boost::asio::awaitable<std::optional<policy::TransportFailure>> handshake(
      SteadyTime deadline, AbortSource& abort) = 0;

  /// Writes `request` (must stay valid) and reads the answer to it: interim answers are read over,
  /// a body of more than 1 MiB, a cut-off or a malformed answer is a failure. Whether bytes left is
  /// counted below TLS, never guessed.
  boost::asio::awaitable<HttpExchange> exchange(std::string_view request,
                                                SteadyTime deadline,
                                                AbortSource& abort) {
    return exchange(request, nullptr, deadline, abort);
  }

  /// The same with a body that is streamed behind `request`, unless it is null. A source that gives
  /// no more is a failure of class `source`.
  virtual boost::asio::awaitable<HttpExchange> exchange(std::string_view request,
                                                        const StreamedBody* body,
                                                        SteadyTime deadline,
                                                        AbortSource& abort) = 0;

  /// Whether the last answer left the connection open, with nothing behind it. Costs no system
  /// call.
  [[nodiscard]] virtual bool left_open() const = 0;

  /// left_open(), and since then the peer has neither closed it nor sent anything: one look at the
  /// socket, no waiting.
  [[nodiscard]] virtual bool reusable() = 0;
};

/// `tls` null: plain.
[[nodiscard]] std::unique_ptr<Connection> make_connection(boost::asio::ip::tcp::socket socket,
                                                          std::shared_ptr<TlsContext> tls,
                                                          std::string host);

}  // namespace rfi::api
