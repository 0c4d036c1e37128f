#include "control/control_server.hpp"

#include "rfi/platform/no_throw.hpp"
#include "rfi/platform/timer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
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
    std::string answer = co_await sessions->handler(std::move(request));
    answer += '\n';
    const Deadline deadline{socket};
    const auto [error, written] =
        co_await asio::async_write(*socket, asio::buffer(answer), kNoThrow);
    if (error) {
      co_return;
    }
  }
}

}  // namespace rfi::daemon
