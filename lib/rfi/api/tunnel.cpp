#include "rfi/api/tunnel.hpp"

#include "rfi/platform/no_throw.hpp"
#include "rfi/platform/timer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace rfi::api {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using platform::kNoThrow;
using TimePoint = std::chrono::steady_clock::time_point;

namespace {

constexpr std::size_t kMaxAnswerBytes = std::size_t{16} * 1024;
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kProtocol = "HTTP/1.";

/// Closes a socket at its deadline, unless it goes before.
class Limit {
 public:
  Limit(tcp::socket& socket, TimePoint deadline)
      : target_(std::make_shared<tcp::socket*>(&socket)), timer_(socket.get_executor(), deadline) {
    timer_.async_wait([target = target_](const error_code& error) {
      if (!error && *target != nullptr) {
        error_code ignored;
        (*target)->close(ignored);
      }
    });
  }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;
  Limit(Limit&&) = delete;
  Limit& operator=(Limit&&) = delete;
  ~Limit() { *target_ = nullptr; }  // its handler may be on its way already

 private:
  std::shared_ptr<tcp::socket*> target_;
  platform::Timer timer_;
};

/// One head as it arrives: what was taken from the socket so far.
struct Head {
  std::string text;
  bool complete = false;
};

/// How many of the bytes that wait belong to the head.
std::size_t share_of_head(Head& head, std::string_view waiting) {
  const std::size_t before = head.text.size();
  const std::string both = head.text + std::string{waiting};
  const auto end = both.find(kHeadEnd);
  head.complete = end != std::string::npos;
  return head.complete ? end + kHeadEnd.size() - before : waiting.size();
}

/// Takes from the socket what has come and belongs to the head; the bytes behind it stay there.
error_code take_waiting(tcp::socket& socket, Head& head) {
  std::array<char, 4096> bytes{};
  error_code error;
  const std::size_t waiting = socket.receive(asio::buffer(bytes), tcp::socket::message_peek, error);
  if (error == asio::error::would_block || error == asio::error::try_again) {
    return {};
  }
  if (error) {
    return error;
  }
  const std::size_t share = share_of_head(head, {bytes.data(), waiting});
  const std::size_t taken = socket.receive(asio::buffer(bytes.data(), share), 0, error);
  if (!error) {
    head.text.append(bytes.data(), taken);
  }
  return error;
}

bool may_be_http(std::string_view head) {
  return head.substr(0, kProtocol.size()) == kProtocol.substr(0, head.size());
}

/// The status of a complete head, 0 if it has none.
unsigned status_of(std::string_view head) {
  constexpr std::size_t kAt = kProtocol.size() + 2;  // a digit and a space
  unsigned status = 0;
  if (head.size() < kAt + 4 || head[kAt - 1] != ' ' ||
      (head[kAt + 3] != ' ' && head[kAt + 3] != '\r')) {
    return 0;
  }
  const auto [end, failed] = std::from_chars(head.data() + kAt, head.data() + kAt + 3, status);
  return failed == std::errc{} && end == head.data() + kAt + 3 ? status : 0;
}

std::string refusal(unsigned status) {
  std::string text =
      "the proxy of api.proxy answered HTTP " + std::to_string(status) + " to CONNECT";
  if (status == 407) {
    return text +
           ": it asks for credentials, which api.proxy does not take; let it admit this "
           "host without them";
  }
  if (status == 403 || status == 405) {
    return text + ": let it admit a tunnel to the host and port of api.base_url";
  }
  return text;
}

std::string broken(const error_code& error, TimePoint deadline) {
  if (std::chrono::steady_clock::now() >= deadline) {
    return "the proxy of api.proxy did not answer CONNECT in time";
  }
  if (error == asio::error::eof) {
    return "the proxy of api.proxy ended the connection instead of answering CONNECT";
  }
  return "the proxy of api.proxy did not answer CONNECT: " + error.message();
}

}  // namespace

asio::awaitable<std::optional<std::string>> open_tunnel(tcp::socket& socket,
                                                        std::string authority,
                                                        TimePoint deadline,
                                                        AbortSource& abort) {
  const Limit limit{socket, deadline};
  const AbortSource::Registration registration{abort, [&socket] {
                                                 error_code ignored;
                                                 socket.close(ignored);
                                               }};
  const std::string request =
      "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n";
  const auto buffer = asio::buffer(request);
  const auto [write_error, written] = co_await asio::async_write(socket, buffer, kNoThrow);
  if (write_error) {
    co_return broken(write_error, deadline);
  }
  error_code error;
  socket.non_blocking(true, error);
  Head head;
  std::size_t total = 0;
  while (!error) {
    const auto [wait_error] = co_await socket.async_wait(tcp::socket::wait_read, kNoThrow);
    const std::size_t before = head.text.size();
    error = wait_error ? wait_error : take_waiting(socket, head);
    total += head.text.size() - before;
    if (error) {
      break;
    }
    const unsigned status = head.complete ? status_of(head.text) : 0;
    if (!may_be_http(head.text) || (head.complete && status < 100)) {
      co_return "what answers at api.proxy is no HTTP proxy";
    }
    if (status >= 200 && status <= 299) {
      co_return std::nullopt;  // a length in such an answer means nothing: RFC 9110, 9.3.6
    }
    if (status >= 200 || status == 101) {
      co_return refusal(status);
    }
    if (total > kMaxAnswerBytes) {
      co_return "the answer of the proxy of api.proxy to CONNECT has no end";
    }
    if (head.complete) {
      head = Head{};  // an interim answer: the one that counts is still to come
    }
  }
  co_return broken(error, deadline);
}

}  // namespace rfi::api
