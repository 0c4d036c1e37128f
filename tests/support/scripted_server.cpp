#include "support/scripted_server.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <initializer_list>
#include <stdexcept>
#include <utility>

namespace rfi::test {
namespace {

constexpr int kLookEvery = 5;  // milliseconds between two looks at `stopping`

void require(bool done, const char* what) {
  if (!done) {
    throw std::runtime_error(std::string{"scripted server: cannot "} + what);
  }
}

void set_option(int descriptor, int level, int name, int value) {
  (void)::setsockopt(descriptor, level, name, &value, sizeof value);
}

std::size_t announced_length(const std::string& head) {
  constexpr std::string_view kName = "\r\nContent-Length: ";
  const auto at = head.find(kName);
  return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + kName.size(), nullptr, 10);
}

sockaddr_in address_of(const std::string& text, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  require(::inet_pton(AF_INET, text.c_str(), &address.sin_addr) == 1, "read its address");
  return address;
}

SSL_CTX* make_context(const ScriptedServer::Options& options) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  require(context != nullptr, "make a TLS context");
  require(SSL_CTX_use_certificate_file(
              context, options.certificate->certificate.c_str(), SSL_FILETYPE_PEM) == 1,
          "read its certificate");
  require(
      SSL_CTX_use_PrivateKey_file(context, options.certificate->key.c_str(), SSL_FILETYPE_PEM) == 1,
      "read its key");
  if (options.highest_tls_version != 0) {
    SSL_CTX_set_security_level(context, 0);  // or OpenSSL 3 offers nothing below TLS 1.2
    require(SSL_CTX_set_min_proto_version(context, TLS1_VERSION) == 1 &&
                SSL_CTX_set_max_proto_version(context, options.highest_tls_version) == 1,
            "set the TLS version");
  }
  if (!options.client_ca_file.empty()) {
    require(SSL_CTX_load_verify_file(context, options.client_ca_file.c_str()) == 1,
            "read the client CA");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  const unsigned char session_context = 1;
  SSL_CTX_set_session_id_context(context, &session_context, 1);
  return context;
}

}  // namespace

Peer::Peer(int descriptor, SSL_CTX* context, const std::atomic<bool>& stopping)
    : descriptor_(descriptor), context_(context), stopping_(stopping) {}

Peer::~Peer() {
  SSL_free(tls_);
  close();
}

bool Peer::handshake() {
  if (context_ == nullptr) {
    return true;
  }
  tls_ = SSL_new(context_);
  SSL_set_fd(tls_, descriptor_);
  if (!wait_readable()) {
    return false;
  }
  ERR_clear_error();
  return SSL_accept(tls_) == 1;
}

bool Peer::resumed() const {
  return tls_ != nullptr && SSL_session_reused(tls_) == 1;
}

bool Peer::wait_readable() const {
  while (!stopping_) {
    pollfd waiting{descriptor_, POLLIN, 0};
    if (::poll(&waiting, 1, kLookEvery) != 0) {
      return true;
    }
  }
  return false;
}

std::ptrdiff_t Peer::read_some(char* bytes, std::size_t size) {
  if (descriptor_ < 0 || ((tls_ == nullptr || SSL_pending(tls_) == 0) && !wait_readable())) {
    return 0;
  }
  if (tls_ == nullptr) {
    return ::recv(descriptor_, bytes, size, 0);
  }
  ERR_clear_error();
  return SSL_read(tls_, bytes, static_cast<int>(size));
}

std::string Peer::read_request() {
  std::string request;
  std::array<char, 16384> bytes{};
  std::size_t wanted = std::string::npos;
  while (request.size() < wanted) {
    const auto read = read_some(bytes.data(), bytes.size());
    if (read <= 0) {
      return {};
    }
    request.append(bytes.data(), static_cast<std::size_t>(read));
    const auto head_end = request.find("\r\n\r\n");
    if (wanted == std::string::npos && head_end != std::string::npos) {
      wanted = head_end + 4 + announced_length(request.substr(0, head_end));
    }
  }
  return request;
}

std::string Peer::read_raw(std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size && wait_readable()) {
    const auto read = ::recv(descriptor_, bytes.data() + got, size - got, 0);
    if (read <= 0) {
      break;
    }
    got += static_cast<std::size_t>(read);
  }
  bytes.resize(got);
  return bytes;
}

std::string Peer::seal(std::string_view bytes) {
  if (tls_ == nullptr) {
    return std::string{bytes};
  }
  SSL_set0_wbio(tls_, BIO_new(BIO_s_mem()));
  write(bytes);
  BIO* sealed = SSL_get_wbio(tls_);
  std::string result(BIO_ctrl_pending(sealed), '\0');
  (void)BIO_read(sealed, result.data(), static_cast<int>(result.size()));
  SSL_set0_wbio(tls_, BIO_new_socket(descriptor_, BIO_NOCLOSE));
  return result;
}

void Peer::write_raw(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto written = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written <= 0) {
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Peer::swallow() {
  std::array<char, 16384> bytes{};
  (void)read_some(bytes.data(), bytes.size());
}

void Peer::write(std::string_view bytes) {
  while (!bytes.empty() && descriptor_ >= 0) {
    ERR_clear_error();
    const auto written = tls_ != nullptr
                             ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                             : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written <= 0) {
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Peer::write_together(std::initializer_list<std::string_view> parts) {
  set_option(descriptor_, IPPROTO_TCP, TCP_CORK, 1);
  for (const std::string_view part : parts) {
    part.empty() ? close_notify() : write(part);
  }
  set_option(descriptor_, IPPROTO_TCP, TCP_CORK, 0);
}

void Peer::close_notify() {
  if (tls_ != nullptr) {
    SSL_shutdown(tls_);
  }
}

void Peer::end_sending() const {
  (void)::shutdown(descriptor_, SHUT_WR);
}

void Peer::close() {
  if (descriptor_ >= 0) {
    ::close(std::exchange(descriptor_, -1));
  }
}

void Peer::reset() {
  const linger at_once{1, 0};
  (void)::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void Peer::wait_for_end() {
  std::array<char, 16384> bytes{};
  while (read_some(bytes.data(), bytes.size()) > 0) {
  }
}

void Peer::wait(std::chrono::milliseconds time) const {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!stopping_ && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

void Peer::relay(std::uint16_t port, const std::function<void(std::string_view)>& watch) {
  const int other = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = address_of("127.0.0.1", port);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);  // NOLINT: as sockets want it
  std::array<char, 16384> bytes{};
  bool open = other >= 0 && ::connect(other, generic, sizeof address) == 0;
  while (open && !stopping_) {
    std::array<pollfd, 2> waiting{pollfd{descriptor_, POLLIN, 0}, pollfd{other, POLLIN, 0}};
    (void)::poll(waiting.data(), waiting.size(), kLookEvery);
    for (const pollfd& side : waiting) {
      if (side.revents == 0) {
        continue;
      }
      const bool from_client = side.fd == descriptor_;
      const auto read = ::recv(side.fd, bytes.data(), bytes.size(), 0);
      open = open && read > 0;
      const std::string_view part{bytes.data(),
                                  static_cast<std::size_t>(std::max(read, ssize_t{0}))};
      if (from_client) {
        watch(part);
      }
      (void)::send(from_client ? other : descriptor_, part.data(), part.size(), MSG_NOSIGNAL);
    }
  }
  ::close(other);
}

ScriptedServer::ScriptedServer(const Options& options, std::vector<Script> scripts)
    : scripts_(std::move(scripts)) {
  (void)std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  if (options.certificate) {
    context_ = make_context(options);
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  require(listener_ >= 0, "socket");
  set_option(listener_, SOL_SOCKET, SO_REUSEADDR, 1);
  if (options.receive_buffer != 0) {
    set_option(listener_, SOL_SOCKET, SO_RCVBUF, options.receive_buffer);
  }
  sockaddr_in address = address_of(options.address, options.port);
  auto* generic = reinterpret_cast<sockaddr*>(&address);  // NOLINT: the interface of sockets
  socklen_t size = sizeof address;
  require(::bind(listener_, generic, size) == 0 && ::listen(listener_, 64) == 0 &&
              ::getsockname(listener_, generic, &size) == 0,
          "listen");
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread{[this] { serve(); }};
}

ScriptedServer::~ScriptedServer() {
  stopping_ = true;
  accepting_.join();
  ::close(listener_);
  SSL_CTX_free(context_);
}

void ScriptedServer::serve() {
  std::vector<std::thread> serving;
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, kLookEvery) <= 0) {
      continue;
    }
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) {
      continue;
    }
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    const Script& script = scripts_[std::min(connections_.load(), scripts_.size() - 1)];
    ++connections_;
    serving.emplace_back([this, descriptor, &script] {
      Peer peer{descriptor, context_, stopping_};
      script(peer);
    });
  }
  for (std::thread& connection : serving) {
    connection.join();
  }
}

std::string http_answer(unsigned status, std::string_view body, std::string_view more_headers) {
  std::string answer = "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: ";
  answer.append(std::to_string(body.size())).append("\r\n");
  return answer.append(more_headers).append("\r\n").append(body);
}

ScriptedServer::Script answering(std::string answer) {
  return [answer = std::move(answer)](Peer& peer) {
    if (!peer.handshake()) {
      return;
    }
    while (!peer.read_request().empty()) {
      peer.write(answer);
    }
  };
}

}  // namespace rfi::test
