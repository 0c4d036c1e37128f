#include "control/control_client.hpp"

#include "control/control_address.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace rfi::daemon {
namespace {

using platform::Descriptor;
using std::chrono::milliseconds;

/// An answer without end is none.
constexpr std::size_t kLongestAnswer = std::size_t{4} * 1024 * 1024;

std::string reason_of(int error, const std::filesystem::path& path) {
  if (error == ENOENT || error == ECONNREFUSED) {
    return "no daemon runs";
  }
  if (error == EACCES || error == EPERM) {
    return "this user may not use " + path.string();
  }
  return path.string() + ": " + std::generic_category().message(error);
}

bool wait_for(const Descriptor& socket, short events, milliseconds patience) {
  pollfd waiting{.fd = socket.number(), .events = events, .revents = 0};
  return ::poll(&waiting, 1, static_cast<int>(patience.count())) == 1;
}

bool send_all(const Descriptor& socket, std::string_view text, milliseconds patience) {
  while (!text.empty()) {
    if (!wait_for(socket, POLLOUT, patience)) {
      return false;
    }
    const ssize_t sent = ::send(socket.number(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

std::variant<std::string, NobodyThere> ask_daemon(const std::filesystem::path& queue,
                                                  const std::string& request,
                                                  milliseconds patience) {
  const auto path = control_path(queue);
  std::optional<ControlAddress> address;
  try {
    address.emplace(path);
  } catch (const std::system_error& error) {
    return NobodyThere{reason_of(error.code().value(), path)};
  }
  const Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket.is_open() || ::connect(socket.number(), address->data(), address->size()) != 0) {
    return NobodyThere{reason_of(errno, path)};
  }
  if (!send_all(socket, request + '\n', patience)) {
    return NobodyThere{"the daemon did not take the question"};
  }
  std::string reply;
  std::array<char, 16'384> buffer{};
  while (reply.empty() || reply.back() != '\n') {
    if (reply.size() > kLongestAnswer || !wait_for(socket, POLLIN, patience)) {
      return NobodyThere{"the daemon did not answer in time"};
    }
    const ssize_t received = ::recv(socket.number(), buffer.data(), buffer.size(), 0);
    if (received <= 0) {
      return NobodyThere{"the daemon closed the connection without an answer"};
    }
    reply.append(buffer.data(), static_cast<std::size_t>(received));
  }
  reply.pop_back();
  return reply;
}

}  // namespace rfi::daemon
