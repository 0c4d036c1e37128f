#include "control/control_server.hpp"

#include "rfi/platform/no_throw.hpp"
#include "rfi/platform/timer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <list>
#include <system_error>
#include <utility>

namespace rfi::daemon {
namespace {

namespace asio = boost::asio;
using platform::kNoThrow;
using Socket = asio::local::stream_protocol::socket;

/// Whoever has connected asks within this, and reads within this.
constexpr std::chrono::seconds kPatience{30};
/// After a connection could not be taken, such as for want of descriptors.
constexpr std::chrono::seconds kPauseAfterFailure{1};

/// Closes the socket unless it is gone in time.
class Deadline {
 public:
  explicit Deadline(const std::shared_ptr<Socket>& socket)
      : timer_(socket->get_executor(), kPatience) {
    timer_.async_wait([socket = std::weak_ptr(socket)](const boost::system::error_code& error) {
      const auto still_there = socket.lock();
      if (!error && still_there) {
        boost::system::error_code ignored;
        still_there->close(ignored);
      }
    });
  }

 private:
  platform::Timer timer_;
};

/// Sends the first bytes of `line` with the descriptor beside them; how many were taken, 0 after an
/// error.
std::size_t send_with_file(int socket, const std::string& line, int file) {
  iovec bytes{};
  std::string copy = line;
  bytes.iov_base = copy.data();
  bytes.iov_len = copy.size();
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &file, sizeof(int));
  const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

asio::awaitable<bool> write_answer(Socket& socket, ControlAnswer answer) {
  answer.line += '\n';
  std::size_t sent = 0;
  if (answer.file.is_open()) {
    const auto [error] = co_await socket.async_wait(Socket::wait_write, kNoThrow);
    if (error) {
      co_return false;
    }
    sent = send_with_file(socket.native_handle(), answer.line, answer.file.number());
    if (sent == 0) {
      co_return false;
    }
  }
  const auto rest = asio::buffer(answer.line) + sent;
  const auto [error, written] = co_await asio::async_write(socket, rest, kNoThrow);
  co_return !error;
}

/// Nobody but the group may have it, from the moment it listens.
void open_at(asio::local::stream_protocol::acceptor& acceptor, const std::filesystem::path& path) {
  const auto fail = [&path](int error, const char* what) {
    throw std::system_error(
        error,
        std::generic_category(),
        std::string("cannot ") + what + " the control socket " + path.string() +
            "; the daemon must be able to create it in the directory of the queue");
  };
  const ControlAddress address{path};
  acceptor.open();
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    fail(errno, "replace");
  }
  if (::bind(acceptor.native_handle(), address.data(), address.size()) != 0) {
    fail(errno, "create");
  }
  if (::chmod(path.c_str(), 0660) != 0) {
    fail(errno, "set the mode of");
  }
  acceptor.listen();
}

}  // namespace

struct ControlServer::Sessions {
  ControlHandler handler;
  std::list<std::weak_ptr<Socket>> open;
};

ControlServer::ControlServer(asio::any_io_executor executor,
                             const std::filesystem::path& queue,
                             ControlHandler handler)
    : executor_(std::move(executor)),
      path_(control_path(queue)),
      acceptor_(executor_),
      sessions_(std::make_shared<Sessions>()) {
  sessions_->handler = std::move(handler);
  open_at(acceptor_, path_);
}

ControlServer::~ControlServer() {
  stop();
}

void ControlServer::stop() {
  if (acceptor_.is_open()) {
    ::unlink(path_.c_str());
  }
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (const auto& session : sessions_->open) {
    if (const auto socket = session.lock()) {
      socket->close(ignored);
    }
  }
}

asio::awaitable<void> ControlServer::serve() {
  while (acceptor_.is_open()) {
    auto socket = std::make_shared<Socket>(executor_);
    const auto [error] = co_await acceptor_.async_accept(*socket, kNoThrow);
    if (!acceptor_.is_open()) {
      co_return;
    }
    if (error) {
      platform::Timer pause{executor_, kPauseAfterFailure};
      co_await pause.async_wait(kNoThrow);
      continue;
    }
    sessions_->open.remove_if([](const auto& session) { return session.expired(); });
    if (sessions_->open.size() >= kMostSessions) {
      continue;  // the socket goes, and with it the connection
    }
    sessions_->open.emplace_back(socket);
    asio::co_spawn(executor_, converse(std::move(socket), sessions_), asio::detached);
  }
}

asio::awaitable<void> ControlServer::converse(std::shared_ptr<Socket> socket,
                                              std::shared_ptr<Sessions> sessions) {
  std::string buffer;
  while (socket->is_open()) {
    std::size_t length = 0;
    {
      const Deadline deadline{socket};
      auto into = asio::dynamic_buffer(buffer, kLongestRequest);
      const auto [error, read] = co_await asio::async_read_until(*socket, into, '\n', kNoThrow);
      if (error) {
        co_return;
      }
      length = read;
    }
    std::string request = buffer.substr(0, length - 1);
    buffer.erase(0, length);
    ControlAnswer answer = co_await sessions->handler(std::move(request));
    const Deadline deadline{socket};
    const bool written = co_await write_answer(*socket, std::move(answer));
    if (!written) {
      co_return;
    }
  }
}

}  // namespace rfi::daemon
