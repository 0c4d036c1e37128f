// The daemon as a real process against an API in this process, whose connections a test can spoil
// in any way, below TLS too.
#pragma once

#include "integration/deployment.hpp"
#include "support/certificates.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_directory.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace rfi::test {

/// An authority that the daemons of these tests trust, and certificates of every kind by it.
class NetworkAuthority {
 public:
  [[nodiscard]] static const NetworkAuthority& get();

  [[nodiscard]] const CertificateFiles& good() const { return good_; }
  [[nodiscard]] CertificateFiles issue(ServerCertificate kind) const;
  [[nodiscard]] std::string ca_file() const { return authority_.ca_file(); }
  /// A good certificate of an authority that nobody was told of.
  [[nodiscard]] CertificateFiles of_another_authority() const;

 private:
  NetworkAuthority() = default;

  TemporaryDirectory directory_;
  CertificateAuthority authority_{directory_.path()};
  CertificateAuthority other_{directory_.path(), "other"};
  CertificateFiles good_ = authority_.issue_server("good");
};

/// Issues tokens, takes every PATCH and answers a look with an item that is open until the
/// customer's PATCH has been answered in full. Customers may be given something else for their
/// first PATCH.
class ScriptedApi {
 public:
  /// What is done with the connection once the PATCH has been read; the PATCH is not applied.
  using Act = std::function<void(Peer&)>;

  ScriptedApi()
      : ScriptedApi(ScriptedServer::Options{.certificate = NetworkAuthority::get().good()}) {}
  explicit ScriptedApi(const ScriptedServer::Options& options)
      : server_(options, {[this](Peer& peer) { serve(peer); }}) {}

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] std::size_t connections() const { return server_.connections(); }
  [[nodiscard]] std::string base_url(const std::string& host = "localhost") const {
    return "https://" + host + ":" + std::to_string(port());
  }

  void at_first_patch(const std::string& customer, Act act);
  /// Every connection ends without an answer when it has read its `count`-th request that is no
  /// look and no request for a token.
  void close_at_patch_of_a_connection(int count);
  /// How many PATCHes of this customer arrived whole.
  [[nodiscard]] std::size_t patches(const std::string& customer) const;

 private:
  void serve(Peer& peer);
  [[nodiscard]] Act next_act(const std::string& customer);
  [[nodiscard]] std::string customer_json(const std::string& customer) const;

  mutable std::mutex mutex_;
  std::map<std::string, Act> acts_;
  std::map<std::string, std::size_t> patches_;
  std::map<std::string, bool> answered_;
  int close_at_ = 0;
  ScriptedServer server_;  ///< last: its threads use the rest
};

/// What a test of the network asks of every row, and of the log.
inline constexpr const char* kNetworkRequested = R"(["proof_of_address"])";
inline constexpr const char* kNetworkDocuments =
    R"({"proof_of_address":{"type":"PRIVATE-TYPE","country":"PRIVATE-COUNTRY",)"
    R"("files":[{"uri":"/PRIVATE-URI"}]}})";

/// The daemon of these tests: short timeouts, quick retries.
[[nodiscard]] DeploymentOptions network_options(const std::string& base_url);

/// One line for `enqueue -`.
[[nodiscard]] std::string network_line(const std::string& reference, unsigned customer);

/// The last attempt's outcome and error class: "not_sent tls_verify", "accepted".
[[nodiscard]] std::string last_attempt(const Deployment& deployment, const std::string& reference);
[[nodiscard]] std::string first_attempt(const Deployment& deployment, const std::string& reference);

/// How many lines of this event a daemon has written.
[[nodiscard]] std::size_t log_lines_of(const ChildProcess& daemon, std::string_view event);

/// What must not stand in a log and does; empty if nothing.
[[nodiscard]] std::string leak_in(const std::string& log);

}  // namespace rfi::test
