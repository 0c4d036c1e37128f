// A small blocking HTTPS client for tests. It shares nothing with the client under test and says
// exactly how an answer ended, which is what tests of faults need to know.
#pragma once

#include "support/certificates.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rfi::test {

/// How the reading of an answer came to its end.
enum class AnswerEnding {
  complete,   // all that was announced has come
  closed,     // close_notify before that
  truncated,  // the connection ended without close_notify before that
  reset,      // RST
  timed_out   // nothing for the limit of the client
};

struct HttpAnswer {
  AnswerEnding ending = AnswerEnding::complete;
  unsigned status = 0;            // 0 when no whole head came, or it was not HTTP
  std::vector<unsigned> interim;  // 1xx answers before it
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;  // what came of it; of an answer that is not HTTP, all that came

  /// The first header of that (lower case) name.
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

struct HttpsClientOptions {
  // NOLINTBEGIN(readability-redundant-member-init): a caller may name only some members
  std::uint16_t port = 0;
  std::filesystem::path ca_file = {};
  std::string address = "127.0.0.1";
  std::string host = "localhost";  // SNI, the name that is verified, and the Host header
  std::optional<CertificateFiles> client_certificate = {};
  std::chrono::milliseconds limit = std::chrono::seconds{10};  // for each read
  // NOLINTEND(readability-redundant-member-init)
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// One TLS connection, kept open over several requests.
///
/// Errors: the constructor throws std::runtime_error when it cannot connect or the certificate is
/// not good. What happens later is in the answer. Thread: one at a time.
class HttpsClient {
 public:
  explicit HttpsClient(const HttpsClientOptions& options);
  ~HttpsClient();
  HttpsClient(HttpsClient&&) noexcept;
  HttpsClient& operator=(HttpsClient&&) noexcept;
  HttpsClient(const HttpsClient&) = delete;
  HttpsClient& operator=(const HttpsClient&) = delete;

  /// Sends a request and reads its answer. Host and Content-Length are added.
  [[nodiscard]] HttpAnswer request(std::string_view method,
                                   std::string_view target,
                                   const HttpHeaders& headers = {},
                                   std::string_view body = {});

  /// The two halves of request(), for tests that do something in between.
  void send(std::string_view method,
            std::string_view target,
            const HttpHeaders& headers = {},
            std::string_view body = {});
  [[nodiscard]] HttpAnswer receive();

  /// Bytes as they are: for requests that are not good HTTP.
  void send_raw(std::string_view bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rfi::test
