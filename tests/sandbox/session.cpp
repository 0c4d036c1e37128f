#include "sandbox/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <openssl/ssl.h>

#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace rfi::sandbox {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t kBodyLimit = std::uint64_t{64} * 1024 * 1024;
constexpr std::uint32_t kHeadLimit = 64 * 1024;
constexpr std::chrono::milliseconds kForEver = std::chrono::hours{24};
constexpr std::chrono::seconds kFarewell{1};  // for the client's close_notify
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

Request read_head(const Parser::value_type& message) {
  Request request;
  request.method = message.method_string();
  set_target(request, message.target());
  for (const auto& field : message) {
    if (field.name() == http::field::authorization) {
      request.authorization = field.value();
      continue;
    }
    if (field.name() == http::field::content_type) {
      request.content_type = field.value();
    }
    request.headers.emplace_back(lower(field.name_string()), field.value());
  }
  return request;
}

}  // namespace

Session::Session(tcp::socket socket,
                 asio::ssl::context& tls,
                 Sandbox& sandbox,
                 std::uint64_t number)
    : stream_(std::move(socket), tls),
      timer_(stream_.get_executor()),
      sandbox_(sandbox),
      number_(number) {}

asio::awaitable<void> Session::run() {
  const std::optional<Fault> fault = sandbox_.faults.meet_connection();
  if (fault.has_value()) {
    co_await fail_connection(*fault);
    co_return;
  }
  const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kNoThrow);
  bool open = !error;
  while (open) {
    open = co_await serve_one();
    exchange_.reset();
  }
}

asio::awaitable<bool> Session::serve_one() {
  Parser parser;
  parser.body_limit(kBodyLimit);
  parser.header_limit(kHeadLimit);
  const auto [head_error, head_size] =
      co_await http::async_read_header(stream_, buffer_, parser, kNoThrow);
  if (head_error) {
    co_await end(Ending::close_notify);
    co_return false;
  }
  const bool reused = SSL_session_reused(stream_.native_handle()) == 1;
  exchange_.emplace(sandbox_, read_head(parser.get()), number_, reused);
  if (!exchange_->strikes_early()) {
    if (parser.get()[http::field::expect] == "100-continue") {
      static_cast<void>(co_await asio::async_write(stream_, asio::buffer(kContinue), kNoThrow));
    }
    const auto [body_error, body_size] =
        co_await http::async_read(stream_, buffer_, parser, kNoThrow);
    if (body_error) {
      co_return false;
    }
    exchange_->take_body(std::move(parser.get().body()));
  }
  const Persistence persistence =
      parser.get().keep_alive() ? Persistence::keep_alive : Persistence::close;
  Delivery delivery = exchange_->answer(persistence);
  const bool open = co_await deliver(std::move(delivery));
  co_return open;
}

asio::awaitable<bool> Session::deliver(Delivery delivery) {
  const Ending ending = delivery.ending;
  if (ending == Ending::never) {
    delivery.delay = kForEver;
  }
  if (delivery.delay.count() > 0) {
    const bool there = co_await wait_for_client(delivery.delay);
    if (!there) {
      co_return false;
    }
  }
  if (delivery.byte_interval.count() > 0) {
    const bool whole = co_await drip(std::move(delivery));
    if (!whole) {
      co_return false;
    }
  } else {
    const bool whole = delivery.sent == delivery.bytes.size();
    const Delivered part = whole ? Delivered::whole : Delivered::part;
    exchange_->finish(delivery.sent == 0 ? Delivered::none : part);
    if (delivery.sent > 0) {
      const auto bytes = asio::buffer(delivery.bytes, delivery.sent);
      const auto [error, size] = co_await asio::async_write(stream_, bytes, kNoThrow);
      if (error) {
        co_return false;
      }
    }
  }
  if (ending == Ending::keep_alive) {
    co_return true;
  }
  co_await end(ending);
  co_return false;
}

asio::awaitable<bool> Session::drip(Delivery delivery) {
  for (std::size_t i = 0; i < delivery.sent; ++i) {
    if (i + 1 == delivery.sent) {
      exchange_->finish(Delivered::whole);
    }
    const auto byte = asio::buffer(delivery.bytes.data() + i, 1);
    const auto [error, size] = co_await asio::async_write(stream_, byte, kNoThrow);
    if (error) {
      co_return false;
    }
    if (i + 1 < delivery.sent) {
      const bool there = co_await wait_for_client(delivery.byte_interval);
      if (!there) {
        co_return false;
      }
    }
  }
  co_return true;
}

asio::awaitable<bool> Session::wait_for_client(std::chrono::milliseconds duration) {
  // A client that waits for an answer sends nothing: whatever comes now is its farewell.
  gone_ = false;
  const std::uint64_t watch = ++watch_;
  stream_.next_layer().async_wait(tcp::socket::wait_read,
                                  [self = shared_from_this(), watch](error_code error) {
                                    if (!error && watch == self->watch_) {
                                      self->gone_ = true;
                                      self->exchange_.reset();
                                      self->timer_.cancel();
                                    }
                                  });
  timer_.expires_after(duration);
  static_cast<void>(co_await timer_.async_wait(kNoThrow));
  ++watch_;
  error_code none;
  stream_.next_layer().cancel(none);
  co_return !gone_;
}

asio::awaitable<void> Session::end(Ending ending) {
  if (ending == Ending::close_notify) {
    timer_.expires_after(kFarewell);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) {
        self->close(Ending::close);
      }
    });
    static_cast<void>(co_await stream_.async_shutdown(kNoThrow));
    timer_.cancel();
  }
  close(ending);
}

asio::awaitable<void> Session::fail_connection(Fault fault) {
  if (fault.kind == FaultKind::hang) {
    std::array<char, 4096> discarded{};
    const auto space = asio::buffer(discarded);
    bool there = true;
    while (there) {
      const auto [error, size] = co_await stream_.next_layer().async_read_some(space, kNoThrow);
      there = !error;
    }
  }
  close(fault.kind == FaultKind::reset ? Ending::reset : Ending::close);
}

void Session::close(Ending ending) {
  error_code ignored;
  tcp::socket& socket = stream_.next_layer();
  if (ending == Ending::reset) {
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
  }
  socket.close(ignored);
}

}  // namespace rfi::sandbox
