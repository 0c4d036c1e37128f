#include "rfi/api/tls_context.hpp"

#include <boost/asio/ip/address.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <chrono>
#include <system_error>
#include <utility>

namespace rfi::api {
namespace {

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SessionDeleter {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

std::string last_openssl_error() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) {
    return "unknown error";
  }
  if (ERR_SYSTEM_ERROR(code)) {
    return std::generic_category().message(ERR_GET_REASON(code));
  }
  ERR_error_string_n(code, text.data(), text.size());
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : text.data();
}

// Index 0 is the one OpenSSL sets aside for the application.
constexpr int kStateIndex = 0;
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

bool harden(SSL_CTX* context) {
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(context,
                      SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CLEANSE_PLAINTEXT);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kTls12Ciphers) == 1;
}

}  // namespace

struct TlsContext::State {
  std::unique_ptr<SSL_CTX, ContextDeleter> context;
  std::unique_ptr<SSL_SESSION, SessionDeleter> session;  ///< the newest one, for resumption
  std::chrono::milliseconds session_life{0};
  std::chrono::steady_clock::time_point verified_at;  ///< the last handshake with a certificate

  /// A copy, because OpenSSL spoils the connection's own when that is closed without a
  /// close_notify, as ours are.
  static int keep_session(SSL* connection, SSL_SESSION* session) {
    auto* state =
        static_cast<State*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), kStateIndex));
    state->session.reset(SSL_SESSION_dup(session));
    if (SSL_session_reused(connection) == 0) {
      state->verified_at = std::chrono::steady_clock::now();
    }
    return 0;  // its reference is not kept
  }
};

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

SSL_CTX* TlsContext::native() const {
  return state_->context.get();
}

std::variant<std::shared_ptr<TlsContext>, TlsProblem> TlsContext::create(
    const TlsSettings& settings) {
  auto state = std::make_unique<State>();
  state->session_life = settings.session_life;
  ERR_clear_error();
  state->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = state->context.get();
  if (context == nullptr || !harden(context)) {
    return TlsProblem{"OpenSSL cannot be set up: " + last_openssl_error()};
  }
  if (settings.ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) {
      return TlsProblem{"the system's CA certificates cannot be loaded: " + last_openssl_error() +
                        "; install ca-certificates or set api.ca_file"};
    }
  } else if (SSL_CTX_load_verify_file(context, settings.ca_file.c_str()) != 1) {
    return TlsProblem{"api.ca_file: " + settings.ca_file + " cannot be loaded (" +
                      last_openssl_error() +
                      "); it must be a readable PEM file of CA certificates"};
  }
  // A key with a passphrase is refused; OpenSSL's own way is to ask at the terminal, and wait.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
  if (!settings.client_certificate.empty()) {
    if (SSL_CTX_use_certificate_chain_file(context, settings.client_certificate.c_str()) != 1) {
      return TlsProblem{"api.client_certificate: " + settings.client_certificate +
                        " cannot be loaded (" + last_openssl_error() +
                        "); it must be a readable PEM chain"};
    }
    if (SSL_CTX_use_PrivateKey_file(context, settings.client_key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
      return TlsProblem{"api.client_key: " + settings.client_key + " cannot be used (" +
                        last_openssl_error() +
                        "); it must be the readable PEM key of api.client_certificate"};
    }
  }
  SSL_CTX_set_ex_data(context, kStateIndex, state.get());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &State::keep_session);
  return std::shared_ptr<TlsContext>{new TlsContext{std::move(state)}};
}

bool TlsContext::prepare(SSL* connection, const std::string& host) {
  if (std::chrono::steady_clock::now() - state_->verified_at >= state_->session_life) {
    state_->session.reset();
  }
  if (state_->session) {
    // A copy again: the connection takes it for its own (see keep_session).
    const std::unique_ptr<SSL_SESSION, SessionDeleter> copy{SSL_SESSION_dup(state_->session.get())};
    SSL_set_session(connection, copy.get());
  }
  X509_VERIFY_PARAM* verification = SSL_get0_param(connection);
  boost::system::error_code not_an_address;
  (void)boost::asio::ip::make_address(host, not_an_address);
  if (!not_an_address) {
    return X509_VERIFY_PARAM_set1_ip_asc(verification, host.c_str()) == 1;
  }
  // A certificate that names the host only in its CN was never issued by a CA of this century.
  SSL_set_hostflags(connection,
                    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // SSL_set_tlsext_host_name without its C cast; OpenSSL copies the name.
  std::string name = host;
  return SSL_set1_host(connection, host.c_str()) == 1 &&
         SSL_ctrl(
             connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
}

}  // namespace rfi::api
