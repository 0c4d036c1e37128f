// Throw-away certificates for tests: made at run time, so that none is ever committed or expires in
// the tree.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

namespace rfi::test {

/// What is right or wrong with a server's certificate. All but the last three name localhost,
/// api.example.test, 127.0.0.1 and ::1.
enum class ServerCertificate {
  valid,
  expired,           // ended an hour ago
  not_yet_valid,     // begins in an hour
  self_signed,       // signed by itself: no authority vouches for it
  wrong_host,        // names another host only
  common_name_only,  // names localhost in its subject, with no alternative name
  client_purpose     // may only be used by a client
};

/// A certificate and its private key, as PEM files. The key is readable by its owner alone.
struct CertificateFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// A certificate authority of its own (EC P-256); its key lives in memory and ends with the object.
///
/// Errors: throws std::runtime_error when OpenSSL or the file system refuses.
class CertificateAuthority {
 public:
  /// Writes `<name>.pem` into `directory`, which must exist.
  explicit CertificateAuthority(std::filesystem::path directory, std::string_view name = "ca");
  ~CertificateAuthority();
  CertificateAuthority(CertificateAuthority&&) noexcept;
  CertificateAuthority& operator=(CertificateAuthority&&) noexcept;
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  /// The authority's certificate: what a client has to trust.
  [[nodiscard]] const std::filesystem::path& ca_file() const;

  /// Writes `<name>.pem` and `<name>.key`: a server's certificate with the fault asked for.
  [[nodiscard]] CertificateFiles issue_server(
      std::string_view name, ServerCertificate kind = ServerCertificate::valid) const;

  /// Writes `<name>.pem` and `<name>.key`: a client's certificate with `name` as its subject.
  [[nodiscard]] CertificateFiles issue_client(std::string_view name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rfi::test
