// A server that does exactly what a test says, connection by connection: right, late, half or not
// at all.
#pragma once

#include "support/certificates.hpp"

#include <openssl/types.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rfi::test {

/// One accepted connection, in the hands of a script. What is read and written goes through TLS
/// once handshake() has been called, and plain before that.
class Peer {
 public:
  Peer(int descriptor, SSL_CTX* context, const std::atomic<bool>& stopping);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  Peer(Peer&&) = delete;
  Peer& operator=(Peer&&) = delete;

  /// False if the client did not go along. Does nothing on a plain server.
  bool handshake();
  /// Whether the client resumed an earlier session.
  [[nodiscard]] bool resumed() const;

  /// The next request, head and body as announced; empty when the client has gone.
  [[nodiscard]] std::string read_request();
  /// The next `size` bytes as they came over the wire, below TLS; fewer when the client has gone.
  [[nodiscard]] std::string read_raw(std::size_t size);
  /// What write() would send, as the bytes of the wire. To be sent, if at all, by write_raw(), in
  /// order; nothing can be read or written through TLS after a part of it was left out.
  [[nodiscard]] std::string seal(std::string_view bytes);
  void write_raw(std::string_view bytes) const;
  /// Reads what has come, whatever it is: a connection that is closed with bytes unread is reset.
  void swallow();
  void write(std::string_view bytes);
  /// Several writes (several TLS records) in one segment.
  void write_together(std::initializer_list<std::string_view> parts);

  void close_notify();
  void end_sending()
      const;     ///< half-close: the end of the stream to the client, which may go on sending
  void close();  ///< without close_notify
  void reset();  ///< RST
  /// Until the client closes or the server ends.
  void wait_for_end();
  void wait(std::chrono::milliseconds time) const;
  /// Carries bytes between the client and a port of 127.0.0.1 until either ends, and shows `watch`
  /// those of the client.
  void relay(std::uint16_t port, const std::function<void(std::string_view)>& watch);

 private:
  [[nodiscard]] bool wait_readable() const;
  [[nodiscard]] std::ptrdiff_t read_some(char* bytes, std::size_t size);

  int descriptor_;
  SSL_CTX* context_;
  SSL* tls_ = nullptr;
  const std::atomic<bool>& stopping_;
};

/// Listens at a port of 127.0.0.1 (or of Options::address) from its constructor to its destructor.
/// Each connection runs a script on a thread of its own: the first the first script, and so on; the
/// last one serves all further connections.
///
/// Errors: throws std::runtime_error when it cannot be set up.
class ScriptedServer {
 public:
  using Script = std::function<void(Peer&)>;
  struct Options {
    // NOLINTBEGIN(readability-redundant-member-init): a test may name only some members
    std::optional<CertificateFiles> certificate = {};  ///< nothing: plain
    int highest_tls_version = 0;                       ///< as OpenSSL numbers them; 0: any
    std::string client_ca_file = {};                   ///< asks for a client certificate
    std::uint16_t port = 0;                            ///< 0: any
    std::string address = "127.0.0.1";                 ///< or another one of this machine
    int receive_buffer = 0;                            ///< of each connection; 0: the system's
    // NOLINTEND(readability-redundant-member-init)
  };

  ScriptedServer(const Options& options, std::vector<Script> scripts);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ScriptedServer(ScriptedServer&&) = delete;
  ScriptedServer& operator=(ScriptedServer&&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Connections accepted so far.
  [[nodiscard]] std::size_t connections() const { return connections_; }

 private:
  void serve();

  std::vector<Script> scripts_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> connections_ = 0;
  std::thread accepting_;
};

/// A complete answer with Content-Length.
[[nodiscard]] std::string http_answer(unsigned status,
                                      std::string_view body = "{}",
                                      std::string_view more_headers = "");

/// Answers every request on a connection with `answer`.
[[nodiscard]] ScriptedServer::Script answering(std::string answer);

}  // namespace rfi::test
