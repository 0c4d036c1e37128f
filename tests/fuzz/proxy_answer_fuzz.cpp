// What a proxy answers to CONNECT, through the real code over a socket pair: admitted or refused
// with a sentence, and not a byte behind an admitting answer is taken, for TLS begins there.
#include "fuzz/fuzz_target.hpp"

#include "rfi/api/abort.hpp"
#include "rfi/api/tunnel.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <exception>
#include <optional>
#include <string>

namespace {

namespace asio = boost::asio;
using rfi::fuzz::require;

constexpr std::size_t kMostInputBytes = std::size_t{64} * 1024;

using Refusal = std::optional<std::string>;

asio::awaitable<void> ask(asio::ip::tcp::socket& socket,
                          rfi::api::AbortSource& abort,
                          std::optional<Refusal>& refusal) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  refusal = co_await rfi::api::open_tunnel(socket, "api.example:443", deadline, abort);
}

std::string rest_of(asio::ip::tcp::socket& socket) {
  std::string rest;
  std::array<char, 4096> bytes{};
  boost::system::error_code error;
  while (!error) {
    rest.append(bytes.data(), socket.receive(asio::buffer(bytes), 0, error));
  }
  return rest;
}

/// Where the first head that is no interim answer ends; npos if there is none.
std::size_t end_of_final_head(std::string_view text) {
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = text.find("\r\n\r\n", begin);
    if (end == std::string_view::npos) {
      return end;
    }
    if (text.substr(begin + 9, 1) != "1") {
      return end + 4;
    }
    begin = end + 4;
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > kMostInputBytes) {
    return 0;
  }
  const auto text = rfi::fuzz::text_of(bytes, size);
  std::array<int, 2> ends{-1, -1};
  require(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0, "there is a socket pair");
  if (!text.empty()) {
    (void)::send(ends[0], text.data(), text.size(), MSG_NOSIGNAL);
  }
  ::shutdown(ends[0], SHUT_WR);
  asio::io_context io{1};
  asio::ip::tcp::socket socket{io};
  socket.assign(asio::ip::tcp::v4(), ends[1]);
  rfi::api::AbortSource abort;
  std::optional<Refusal> refusal;
  asio::co_spawn(io, ask(socket, abort, refusal), [](const std::exception_ptr& thrown) {
    require(thrown == nullptr, "no answer of a proxy throws");
  });
  io.run();
  require(refusal.has_value(), "the end of the connection is the end of the wait");
  if (*refusal) {
    require(!(*refusal)->empty() && rfi::fuzz::is_clean_text(**refusal),
            "a refusal may stand in a log line");
  } else {
    const std::size_t end = end_of_final_head(text);
    require(end != std::string_view::npos, "a tunnel is admitted by a complete answer only");
    require(rest_of(socket) == text.substr(end), "what follows the answer is left for TLS");
  }
  ::close(ends[0]);
  return 0;
}
