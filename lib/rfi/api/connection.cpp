// The only file where Beast's HTTP meets TLS: it costs most of a build, so nothing else belongs
// here.
#include "rfi/api/connection.hpp"

#include "rfi/api/counting_stream.hpp"
#include "rfi/api/network_error.hpp"
#include "rfi/platform/no_throw.hpp"
#include "rfi/platform/secret.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>
#include <vector>

namespace rfi::api {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using platform::kNoThrow;
using policy::BytesLeft;
using policy::Phase;
using policy::TransportFailure;

namespace {

using PlainStream = CountingStream;
using TlsStream = asio::ssl::stream<CountingStream>;

constexpr std::size_t kMaxAnswerBytes = std::size_t{1024} * 1024;
constexpr std::uint32_t kMaxHeaderBytes = 64 * 1024;
/// What may wait to be understood: more is a chunk header or a trailer without an end.
constexpr std::size_t kMaxUnparsedBytes = std::size_t{128} * 1024;
constexpr int kMaxInterimAnswers = 8;
constexpr std::size_t kMaxRequestIdBytes = 128;
/// Of a streamed body: four TLS records.
constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;
/// For an answer that came while the request was still being sent (413, 401) and may be lost in the
/// reset that follows it.
constexpr std::chrono::seconds kEarlyAnswerWait{1};

CountingStream& lowest(PlainStream& stream) {
  return stream;
}
CountingStream& lowest(TlsStream& stream) {
  return stream.next_layer();
}

std::string header_text(const http::fields& fields, boost::beast::string_view name) {
  const auto value = fields[name];
  return {value.data(), value.size()};
}

/// The API documents no such header; what a gateway in front of it sends is worth keeping for a
/// support case.
std::string request_id_of(const http::fields& fields) {
  for (const char* name : {"x-request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray"}) {
    const std::string value = header_text(fields, name);
    if (value.empty()) {
      continue;
    }
    std::string printable;
    for (const char c : value) {
      if (c > ' ' && c <= '~' && printable.size() < kMaxRequestIdBytes) {
        printable += c;
      }
    }
    return printable;
  }
  return {};
}

bool is_encoded(const http::fields& fields) {
  const auto coding = fields["content-encoding"];
  return !coding.empty() && !boost::beast::iequals(coding, "identity");
}

template <class Stream>
class ConnectionOver final : public Connection {
 public:
  ConnectionOver(Stream stream, std::shared_ptr<TlsContext> tls, std::string host)
      : stream_(std::move(stream)), tls_(std::move(tls)), host_(std::move(host)) {}

  asio::awaitable<std::optional<TransportFailure>> handshake(SteadyTime deadline,
                                                             AbortSource& abort) override {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      if (!tls_->prepare(stream_.native_handle(), host_)) {
        co_return failure(Phase::handshake, BytesLeft::no, "tls", "OpenSSL refuses the host name");
      }
      const AbortSource::Registration registration{abort, [this] { lowest(stream_).close(); }};
      lowest(stream_).expires_at(deadline);
      const auto [error] =
          co_await stream_.async_handshake(asio::ssl::stream_base::client, kNoThrow);
      if (error) {
        co_return failure(
            Phase::handshake, BytesLeft::no, error_class(error), handshake_detail(error));
      }
      lowest(stream_).expires_never();
    }
    co_return std::nullopt;
  }

  using Connection::exchange;

  asio::awaitable<HttpExchange> exchange(std::string_view request,
                                         const StreamedBody* body,
                                         SteadyTime deadline,
                                         AbortSource& abort) override {
    left_open_ = false;
    HttpExchange exchange;
    const AbortSource::Registration registration{abort, [this] { lowest(stream_).close(); }};
    lowest(stream_).expires_at(deadline);
    lowest(stream_).start_counting();
    const auto buffer = asio::buffer(request.data(), request.size());
    auto [write_error, written] = co_await asio::async_write(stream_, buffer, kNoThrow);
    bool cut_short = false;  // the API has said no before it had everything
    if (!write_error && body != nullptr) {
      const StreamEnd end = co_await stream_body(body, deadline);
      if (end.source_failed) {
        exchange.result =
            failure(Phase::write, bytes_left(), "source", "the file could not be sent to its end");
        co_return exchange;
      }
      write_error = end.error;
      cut_short = end.error && !abort.requested() && end.error != boost::beast::error::timeout;
    }
    exchange.sent_at = std::chrono::steady_clock::now();
    if (cut_short) {
      lowest(stream_).expires_at(std::min(deadline, exchange.sent_at + kEarlyAnswerWait));
    } else if (body != nullptr) {
      lowest(stream_).expires_at(exchange.sent_at + body->piece_timeout);
    }
    if (write_error && !cut_short) {
      exchange.result = ended(Phase::write, write_error, abort);
      co_return exchange;
    }
    for (int interim = 0; interim <= kMaxInterimAnswers; ++interim) {
      http::response_parser<http::string_body> parser;
      parser.header_limit(kMaxHeaderBytes);
      parser.body_limit(kMaxAnswerBytes);
      const auto [head_error, head_bytes] =
          co_await http::async_read_header(stream_, received_, parser, kNoThrow);
      if (head_error) {
        exchange.result = cut_short ? ended(Phase::write, write_error, abort)
                                    : ended(Phase::read, head_error, abort);
        co_return exchange;
      }
      const unsigned status = parser.get().result_int();
      if (cut_short && status >= 200 && status <= 299) {
        exchange.result = failure(Phase::write,
                                  BytesLeft::yes,
                                  "malformed",
                                  "the API answered yes before it had the whole request");
        co_return exchange;
      }
      if (status >= 100 && status <= 199 && status != 101) {
        continue;  // Beast hands an interim answer out as if it were the final one
      }
      if (!parser.is_done()) {
        const auto [read_error, read_bytes] =
            co_await http::async_read(stream_, received_, parser, kNoThrow);
        if (read_error) {
          exchange.result = ended(Phase::read, read_error, abort);
          co_return exchange;
        }
      }
      const bool switched = status == 101;  // whatever comes after it is no HTTP
      left_open_ = parser.get().keep_alive() && received_.size() == 0 && !switched && !cut_short;
      lowest(stream_).expires_never();
      exchange.result = answer_of(parser.get());
      received_.shrink_to_fit();  // what was read may have been a token: it goes, wiped
      co_return exchange;
    }
    exchange.result = failure(Phase::read,
                              BytesLeft::yes,
                              "malformed",
                              "too many interim (1xx) answers before the final one");
    co_return exchange;
  }

  [[nodiscard]] bool left_open() const override { return left_open_; }

  bool reusable() override {
    if (!left_open_ || !lowest(stream_).socket().is_open() || holds_unread_bytes()) {
      return false;
    }
    char byte = 0;
    const auto peeked =
        ::recv(lowest(stream_).socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    // Silence is health. A byte would be a close_notify or an answer nobody asked for; 0 is the
    // peer's end.
    return peeked < 0 && errno == EAGAIN;
  }

 private:
  struct StreamEnd {
    error_code error;
    bool source_failed = false;
  };

  /// Piece by piece, so that a file takes no more memory than one of them.
  asio::awaitable<StreamEnd> stream_body(const StreamedBody* body, SteadyTime deadline) {
    StreamEnd end;
    std::vector<char> piece(kPieceBytes);
    bool more = true;
    while (more) {
      const auto count = co_await body->source->read(piece);
      if (!count) {
        end.source_failed = true;
        lowest(stream_).close();  // what was sent must not look like a request
        co_return end;
      }
      more = *count > 0;
      const auto buffer = more ? asio::buffer(piece.data(), *count)
                               : asio::buffer(body->tail.data(), body->tail.size());
      const SteadyTime now = std::chrono::steady_clock::now();
      lowest(stream_).expires_at(std::min(deadline, now + body->piece_timeout));
      const auto [error, written] = co_await asio::async_write(stream_, buffer, kNoThrow);
      if (error) {
        end.error = error;
        co_return end;
      }
    }
    co_return end;
  }

  [[nodiscard]] BytesLeft bytes_left() {
    return lowest(stream_).accepted() > 0 ? BytesLeft::yes : BytesLeft::no;
  }

  /// What has left the socket and waits in OpenSSL: a close_notify, or a second answer that would
  /// be taken for that to the next request.
  [[nodiscard]] bool holds_unread_bytes() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      const SSL* tls = stream_.native_handle();
      return SSL_has_pending(tls) == 1 || BIO_pending(SSL_get_rbio(tls)) > 0;
    } else {
      return false;
    }
  }

  static TransportFailure failure(Phase phase,
                                  BytesLeft left,
                                  std::string error,
                                  std::string detail) {
    return TransportFailure{phase, left, std::move(error), std::move(detail)};
  }

  HttpResult ended(Phase phase, const error_code& error, const AbortSource& abort) {
    const BytesLeft left = bytes_left();
    if (abort.requested()) {
      return policy::Stopped{left};
    }
    const std::string_view doing =
        phase == Phase::write ? "while the request was sent: " : "while waiting for the answer: ";
    return failure(phase, left, error_class(error), std::string{doing} + error.message());
  }

  [[nodiscard]] std::string handshake_detail(const error_code& error) {
    std::string detail = "TLS could not be set up: " + error.message();
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      const long verified = SSL_get_verify_result(stream_.native_handle());
      if (verified != X509_V_OK) {
        detail += std::string{" ("} + X509_verify_cert_error_string(verified) +
                  "); check api.base_url and api.ca_file";
      }
    }
    return detail;
  }

  static HttpAnswer answer_of(http::response<http::string_body>& response) {
    return HttpAnswer{.status = response.result_int(),
                      .body = std::move(response.body()),
                      .retry_after = header_text(response, "retry-after"),
                      .date = header_text(response, "date"),
                      .request_id = request_id_of(response),
                      .encoded = is_encoded(response)};
  }

  Stream stream_;
  std::shared_ptr<TlsContext> tls_;
  std::string host_;
  boost::beast::basic_flat_buffer<platform::WipingAllocator<char>> received_{kMaxUnparsedBytes};
  bool left_open_ = true;
};

}  // namespace

std::unique_ptr<Connection> make_connection(asio::ip::tcp::socket socket,
                                            std::shared_ptr<TlsContext> tls,
                                            std::string host) {
  CountingStream tcp{std::move(socket)};
  if (!tls) {
    return std::make_unique<ConnectionOver<PlainStream>>(
        std::move(tcp), std::move(tls), std::move(host));
  }
  // The stream takes an SSL made from our context, so that asio::ssl::context's own defaults never
  // apply.
  TlsStream stream{std::move(tcp), SSL_new(tls->native())};
  // Asio asks for this mode. With it OpenSSL gives its 16 KiB buffers away, wiped, after every
  // answer, which costs more than all the rest of reading it; they stay with the connection
  // instead.
  SSL_clear_mode(stream.native_handle(), SSL_MODE_RELEASE_BUFFERS);
  return std::make_unique<ConnectionOver<TlsStream>>(
      std::move(stream), std::move(tls), std::move(host));
}

}  // namespace rfi::api
