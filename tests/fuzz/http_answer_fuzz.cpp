// HTTP answers through the real connection: a server's bytes come over a socket pair, once as a
// whole and once in two pieces, and must be understood alike. The first byte says where the cut is.
#include "fuzz/fuzz_target.hpp"

#include "rfi/api/abort.hpp"
#include "rfi/api/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <variant>

namespace {

namespace asio = boost::asio;
using rfi::api::HttpAnswer;
using rfi::api::HttpExchange;
using rfi::fuzz::require;
using rfi::policy::TransportFailure;

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\n\r\n";
constexpr std::size_t kMostAnswerBytes = std::size_t{1024} * 1024;
/// Fits into the socket's buffer, so that the server's side never waits.
constexpr std::size_t kMostInputBytes = std::size_t{64} * 1024;

class Server {
 public:
  Server() { require(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_) == 0, "there is a socket pair"); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  Server(Server&&) = delete;
  Server& operator=(Server&&) = delete;
  ~Server() { ::close(ends_[0]); }

  /// The client's end, which is its to close.
  [[nodiscard]] int client() const { return ends_[1]; }
  void send(std::string_view bytes) const {
    (void)::send(
        ends_[0], bytes.data(), bytes.size(), MSG_NOSIGNAL);  // the client may have closed already
  }
  void end() const { ::shutdown(ends_[0], SHUT_WR); }

 private:
  int ends_[2] = {-1, -1};
};

struct Understood {
  HttpExchange exchange;
  bool left_open = false;
};

asio::awaitable<void> ask(rfi::api::Connection& connection,
                          rfi::api::AbortSource& abort,
                          std::optional<HttpExchange>& result) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  result = co_await connection.exchange(kRequest, deadline, abort);
}

Understood understand(std::string_view first, std::string_view second) {
  const Server server;
  asio::io_context io{1};
  asio::ip::tcp::socket socket{io};
  socket.assign(asio::ip::tcp::v4(), server.client());
  const auto connection = rfi::api::make_connection(std::move(socket), nullptr, "localhost");
  rfi::api::AbortSource abort;
  std::optional<HttpExchange> exchange;
  asio::co_spawn(io, ask(*connection, abort, exchange), [](const std::exception_ptr& thrown) {
    require(thrown == nullptr, "no answer makes the connection throw");
  });
  server.send(first);
  io.poll();
  server.send(second);
  io.poll();
  const bool left_open = exchange && connection->left_open();
  server.end();
  io.run();
  require(exchange.has_value(), "a connection that has ended is the end of the exchange");
  return {std::move(*exchange), left_open};
}

void check(const Understood& understood) {
  if (const auto* failure = std::get_if<TransportFailure>(&understood.exchange.result)) {
    require(failure->bytes_left == rfi::policy::BytesLeft::yes, "the request had left");
    require(failure->phase == rfi::policy::Phase::read, "it was the answer that failed");
    require(!failure->error.empty() && rfi::fuzz::is_clean_text(failure->error) &&
                rfi::fuzz::is_clean_text(failure->detail),
            "a failure may stand in a log line");
    require(!understood.left_open, "a connection that failed is not used again");
    return;
  }
  require(std::holds_alternative<HttpAnswer>(understood.exchange.result), "nobody stopped it");
  const auto& answer = std::get<HttpAnswer>(understood.exchange.result);
  require(answer.status <= 999, "a status has three digits at most");
  require(answer.status / 100 != 1 || answer.status == 101, "an interim answer is not the answer");
  require(answer.body.size() <= kMostAnswerBytes, "an answer is no longer than it may be");
  require(answer.request_id.size() <= 128 &&
              std::ranges::all_of(answer.request_id, [](char c) { return c > ' ' && c <= '~'; }),
          "a request's id may stand in a log line");
}

bool same(const Understood& left, const Understood& right) {
  const auto* a = std::get_if<HttpAnswer>(&left.exchange.result);
  const auto* b = std::get_if<HttpAnswer>(&right.exchange.result);
  if (a == nullptr || b == nullptr) {
    return (a == nullptr) == (b == nullptr);
  }
  return a->status == b->status && a->body == b->body && a->retry_after == b->retry_after &&
         a->date == b->date && a->request_id == b->request_id;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0 || size > kMostInputBytes) {
    return 0;
  }
  const std::size_t cut = bytes[0];
  const auto text = rfi::fuzz::text_of(bytes + 1, size - 1);
  const Understood whole = understand(text, {});
  check(whole);
  const auto place = std::min(cut, text.size());
  const Understood pieces = understand(text.substr(0, place), text.substr(place));
  check(pieces);
  require(same(whole, pieces), "an answer is understood alike however it arrives");
  return 0;
}
