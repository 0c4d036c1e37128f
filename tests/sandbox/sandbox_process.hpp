// A running rfi-sandbox for a test: started by the constructor, asked over its admin paths, ended
// by the destructor.
#pragma once

#include "support/child_process.hpp"
#include "support/https_client.hpp"
#include "support/temporary_directory.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::test {

inline constexpr std::string_view kSandboxClientId = "sandbox-client";
inline constexpr std::string_view kSandboxClientSecret = "sandbox-secret";

/// Errors: every function throws std::runtime_error when the sandbox does not start or refuses.
/// Thread: one at a time; the sandbox ends with the thread that made it.
class SandboxProcess {
 public:
  /// `arguments` are added to the command line (`--open-customers`, `--token-ttl 2`, ...).
  explicit SandboxProcess(const std::vector<std::string>& arguments = {});

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& base_url() const { return base_url_; }
  [[nodiscard]] const std::filesystem::path& ca_file() const { return ca_file_; }
  [[nodiscard]] const CertificateFiles& client_certificate() const { return client_certificate_; }
  [[nodiscard]] ChildProcess& child() { return *child_; }

  /// A new connection to it.
  [[nodiscard]] HttpsClient connect() const;

  /// A fresh access token, by a connection of its own.
  [[nodiscard]] std::string token() const;

  /// Opens an RFI: `tree` is the JSON of `request_for_information`.
  void put_customer(std::string_view id, std::string_view tree);

  /// `rules` is a JSON list of fault rules, or one rule.
  void add_faults(std::string_view rules);

  /// Forgets: "", "faults", "requests", "violations", "customers", "tokens", "tokens?kind=access".
  void reset(std::string_view what = "");

  /// The requests it received; `query` as in "customer=UUID&method=PATCH".
  [[nodiscard]] boost::json::array requests(std::string_view query = "");
  [[nodiscard]] boost::json::array violations();
  /// The files it took, in order.
  [[nodiscard]] boost::json::array uploads();
  [[nodiscard]] boost::json::object summary();
  /// `{accepted, refused, open_fields, request_for_information}` of a customer.
  [[nodiscard]] boost::json::object account(std::string_view customer);

 private:
  boost::json::value call(std::string_view method,
                          const std::string& target,
                          std::string_view body = {});

  TemporaryDirectory directory_;
  std::unique_ptr<ChildProcess> child_;
  std::uint16_t port_ = 0;
  std::string base_url_;
  std::filesystem::path ca_file_;
  CertificateFiles client_certificate_;
  std::optional<HttpsClient> admin_;  // kept open, so that faults of new connections do not meet it
};

}  // namespace rfi::test
