// The socket on which a running daemon answers its commands: one line in, one line out. It knows
// nothing of what is asked (control_commands.hpp).
#pragma once

#include "control/control_address.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace rfi::daemon {

/// Answers one request with one line, without its line feed. What it throws ends the connection.
using ControlHandler = std::function<boost::asio::awaitable<std::string>(std::string request)>;

/// Only the holder of the queue's instance lock may have one: it replaces what a crash left behind.
/// Io thread only. Whoever may use the socket (mode 0660) may ask everything.
class ControlServer {
 public:
  static constexpr std::size_t kMostSessions = 16;
  static constexpr std::size_t kLongestRequest = std::size_t{64} * 1024;

  /// Listens from here on. Throws std::system_error with a sentence.
  ControlServer(boost::asio::any_io_executor executor,
                const std::filesystem::path& queue,
                ControlHandler handler);
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ControlServer(ControlServer&&) = delete;
  ControlServer& operator=(ControlServer&&) = delete;
  /// Takes the socket's file away.
  ~ControlServer();

  /// Takes connections until stop().
  boost::asio::awaitable<void> serve();

  /// Closes everything. An answer that is being made is still made, and then lost.
  void stop();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  using Socket = boost::asio::local::stream_protocol::socket;
  struct Sessions;

  static boost::asio::awaitable<void> converse(std::shared_ptr<Socket> socket,
                                               std::shared_ptr<Sessions> sessions);

  boost::asio::any_io_executor executor_;
  std::filesystem::path path_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  std::shared_ptr<Sessions> sessions_;
};

}  // namespace rfi::daemon
