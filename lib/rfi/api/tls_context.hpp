// The TLS settings of every connection: what is verified, what is offered, and the session to
// resume.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <variant>

// OpenSSL's own name for its context, so that this header needs none of its headers.
struct ssl_ctx_st;
struct ssl_st;

namespace rfi::api {

struct TlsSettings {
  std::string ca_file;             ///< empty: the system's store
  std::string client_certificate;  ///< PEM chain, empty: none
  std::string client_key;
  /// How long after a full handshake its session, and those that follow from it, may be resumed. A
  /// resumed session shows no certificate: one that has expired since then would never be noticed.
  std::chrono::milliseconds session_life = std::chrono::hours{1};
};

/// One sentence that names the file and what to do.
struct TlsProblem {
  std::string message;
};

/// Shared by all connections, immutable but for the session kept for resumption. Verification is
/// always on: peer, host name (subjectAltName only, no partial wildcards), TLS 1.2 or later, AEAD
/// suites, security level 2. Io thread only.
class TlsContext {
 public:
  [[nodiscard]] static std::variant<std::shared_ptr<TlsContext>, TlsProblem> create(
      const TlsSettings& settings);

  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  TlsContext(TlsContext&&) = delete;
  TlsContext& operator=(TlsContext&&) = delete;
  ~TlsContext();

  [[nodiscard]] ssl_ctx_st* native() const;

  /// Sets what depends on the peer on a new connection: host name or address to verify, SNI,
  /// session to resume. False if OpenSSL refuses the name.
  [[nodiscard]] bool prepare(ssl_st* connection, const std::string& host);

 private:
  struct State;
  explicit TlsContext(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace rfi::api
