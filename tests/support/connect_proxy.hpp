// An HTTP proxy that opens tunnels to 127.0.0.1, or answers CONNECT as a test says, and keeps what
// it saw.
#pragma once

#include "support/scripted_server.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace rfi::test {

class ConnectProxy {
 public:
  /// What it does with a connection instead of opening a tunnel; `request` is the head it read.
  using Refusal = std::function<void(Peer& peer, const std::string& request)>;

  /// `port` 0: any. Throws std::runtime_error when it cannot listen.
  explicit ConnectProxy(std::uint16_t port = 0);

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] std::string url() const;

  /// From the next connection on; an empty function opens tunnels again.
  void refuse(Refusal refusal);
  /// Sent before the answer that opens a tunnel: interim answers.
  void say_first(std::string bytes);

  /// All that clients have sent, heads and tunnels' bytes alike.
  [[nodiscard]] std::string seen() const;
  /// Connections so far.
  [[nodiscard]] std::size_t connections() const { return server_.connections(); }

 private:
  void serve(Peer& peer);
  void note(std::string_view bytes);

  mutable std::mutex mutex_;
  Refusal refusal_;
  std::string first_;
  std::string seen_;
  ScriptedServer server_;  ///< last: its threads use the rest
};

/// Sends these bytes and waits for the client's end.
[[nodiscard]] ConnectProxy::Refusal proxy_saying(std::string bytes);

}  // namespace rfi::test
