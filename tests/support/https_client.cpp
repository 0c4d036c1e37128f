#include "support/https_client.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace rfi::test {
namespace {

template <auto Free>
struct Freeing {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Context = std::unique_ptr<SSL_CTX, Freeing<SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Freeing<SSL_free>>;

void require(bool done, const std::string& what) {
  if (done) {
    return;
  }
  std::array<char, 256> reason{};
  const unsigned long error = ERR_get_error();
  ERR_error_string_n(error, reason.data(), reason.size());
  throw std::runtime_error(
      "cannot " + what + ": " +
      (error != 0 ? std::string{reason.data()} : std::generic_category().message(errno)));
}

class Socket {
 public:
  Socket() = default;
  ~Socket() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  Socket(Socket&&) = delete;
  Socket& operator=(Socket&&) = delete;

  void connect(const HttpsClientOptions& options) {
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(options.port);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(options.port);
    const bool is_v6 = ::inet_pton(AF_INET6, options.address.c_str(), &v6.sin6_addr) == 1;
    require(is_v6 || ::inet_pton(AF_INET, options.address.c_str(), &v4.sin_addr) == 1,
            "read the address " + options.address);
    descriptor_ = ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(descriptor_ >= 0, "make a socket");
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options.limit);
    const timeval limit{.tv_sec = seconds.count(),
                        .tv_usec = std::chrono::microseconds{options.limit - seconds}.count()};
    const int on = 1;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto* address =
        is_v6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
    const std::size_t size = is_v6 ? sizeof v6 : sizeof v4;
    require(::connect(descriptor_, address, static_cast<socklen_t>(size)) == 0,
            "connect to " + options.address + " port " + std::to_string(options.port));
  }

  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

Context make_context(const HttpsClientOptions& options) {
  Context context{SSL_CTX_new(TLS_client_method())};
  require(context != nullptr, "make a TLS context");
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  require(SSL_CTX_load_verify_file(context.get(), options.ca_file.c_str()) == 1,
          "read the authority " + options.ca_file.string());
  if (options.client_certificate.has_value()) {
    const CertificateFiles& files = *options.client_certificate;
    require(
        SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) == 1 &&
            SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) == 1,
        "read the client certificate " + files.certificate.string());
  }
  return context;
}

/// SSL_set_tlsext_host_name, which is a macro with a C cast.
long set_server_name(SSL* connection, std::string& name) {
  return SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
}

std::string lower(std::string_view text) {
  std::string result{text};
  std::ranges::transform(
      result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// Reads a head that ends before `end`; false when it is not HTTP.
bool parse_head(std::string_view head, HttpAnswer& answer) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (!head.starts_with(kVersion)) {
    return false;
  }
  head.remove_prefix(kVersion.size());
  if (std::from_chars(head.data(), head.data() + head.size(), answer.status).ec != std::errc{}) {
    return false;
  }
  answer.headers.clear();
  std::size_t line_end = head.find("\r\n");
  while (line_end != std::string_view::npos) {
    head.remove_prefix(line_end + 2);
    line_end = head.find("\r\n");
    const std::string_view line = head.substr(0, line_end);
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos) {
      answer.headers.emplace_back(lower(line.substr(0, colon)), line.substr(colon + 2));
    }
  }
  return true;
}

constexpr std::size_t kUntilClosed = static_cast<std::size_t>(-1);

std::size_t announced_size(const HttpAnswer& answer) {
  const std::optional<std::string> length = answer.header("content-length");
  return length.has_value() ? std::strtoull(length->c_str(), nullptr, 10) : kUntilClosed;
}

}  // namespace

std::optional<std::string> HttpAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) {
      return value;
    }
  }
  return std::nullopt;
}

struct HttpsClient::State {
  Socket socket;
  Context context;
  Connection connection;
  std::string host;
  std::string unread;

  /// Adds what comes next to `unread`; the ending when nothing more comes.
  std::optional<AnswerEnding> read_more() {
    std::array<char, 16384> buffer{};
    ERR_clear_error();
    errno = 0;
    const int count = SSL_read(connection.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (count > 0) {
      unread.append(buffer.data(), static_cast<std::size_t>(count));
      return std::nullopt;
    }
    const int system_error = errno;
    switch (SSL_get_error(connection.get(), count)) {
      case SSL_ERROR_ZERO_RETURN:
        return AnswerEnding::closed;
      case SSL_ERROR_WANT_READ:
        return AnswerEnding::timed_out;
      default:
        return system_error == ECONNRESET || system_error == EPIPE ? AnswerEnding::reset
                                                                   : AnswerEnding::truncated;
    }
  }
};

HttpsClient::HttpsClient(const HttpsClientOptions& options) : state_(std::make_unique<State>()) {
  // OpenSSL writes without MSG_NOSIGNAL, and a peer that has gone must not end the tests.
  static_cast<void>(::signal(SIGPIPE, SIG_IGN));
  state_->host = options.host;
  state_->socket.connect(options);
  state_->context = make_context(options);
  state_->connection.reset(SSL_new(state_->context.get()));
  SSL* connection = state_->connection.get();
  require(connection != nullptr && SSL_set_fd(connection, state_->socket.descriptor()) == 1 &&
              set_server_name(connection, state_->host) == 1 &&
              SSL_set1_host(connection, options.host.c_str()) == 1,
          "prepare the TLS connection");
  errno = 0;
  require(SSL_connect(connection) == 1, "shake hands with " + options.host);
}

HttpsClient::~HttpsClient() = default;
HttpsClient::HttpsClient(HttpsClient&&) noexcept = default;
HttpsClient& HttpsClient::operator=(HttpsClient&&) noexcept = default;

void HttpsClient::send_raw(std::string_view bytes) {
  // A failure shows at the next read, which knows better what it was.
  if (!bytes.empty()) {
    static_cast<void>(
        SSL_write(state_->connection.get(), bytes.data(), static_cast<int>(bytes.size())));
  }
}

void HttpsClient::send(std::string_view method,
                       std::string_view target,
                       const HttpHeaders& headers,
                       std::string_view body) {
  std::string bytes;
  bytes.append(method)
      .append(" ")
      .append(target)
      .append(" HTTP/1.1\r\nHost: ")
      .append(state_->host);
  for (const auto& [name, value] : headers) {
    bytes.append("\r\n").append(name).append(": ").append(value);
  }
  if (!body.empty() || method != "GET") {
    bytes.append("\r\nContent-Length: ").append(std::to_string(body.size()));
  }
  bytes.append("\r\n\r\n").append(body);
  send_raw(bytes);
}

HttpAnswer HttpsClient::receive() {
  HttpAnswer answer;
  std::string& unread = state_->unread;
  std::size_t head_end = unread.find("\r\n\r\n");
  for (;;) {
    if (head_end == std::string::npos) {
      const std::optional<AnswerEnding> ending = state_->read_more();
      if (ending.has_value()) {
        answer.ending = *ending;
        answer.body = std::exchange(unread, {});
        return answer;
      }
    } else if (!parse_head(std::string_view{unread}.substr(0, head_end), answer)) {
      answer.body = std::exchange(unread, {});
      return answer;
    } else {
      unread.erase(0, head_end + 4);
      if (answer.status >= 200) {
        break;
      }
      answer.interim.push_back(answer.status);
    }
    head_end = unread.find("\r\n\r\n");
  }
  const std::size_t size = announced_size(answer);
  while (unread.size() < size) {
    const std::optional<AnswerEnding> ending = state_->read_more();
    if (ending.has_value()) {
      const bool done = size == kUntilClosed && *ending == AnswerEnding::closed;
      answer.ending = done ? AnswerEnding::complete : *ending;
      break;
    }
  }
  answer.body = unread.substr(0, size);
  unread.erase(0, answer.body.size());
  return answer;
}

HttpAnswer HttpsClient::request(std::string_view method,
                                std::string_view target,
                                const HttpHeaders& headers,
                                std::string_view body) {
  send(method, target, headers, body);
  return receive();
}

}  // namespace rfi::test
