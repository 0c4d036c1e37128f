#include "support/certificates.hpp"

#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace rfi::test {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate read_certificate(const std::filesystem::path& path) {
  std::FILE* file = std::fopen(path.c_str(), "re");
  EXPECT_NE(file, nullptr) << path;
  Certificate result{PEM_read_X509(file, nullptr, nullptr, nullptr), &X509_free};
  EXPECT_EQ(std::fclose(file), 0);
  return result;
}

/// X509_V_OK, or why a client that trusts `ca` refuses `certificate`.
int verify(const std::filesystem::path& ca,
           const std::filesystem::path& certificate,
           int purpose = X509_PURPOSE_SSL_SERVER) {
  const Certificate authority = read_certificate(ca);
  const Certificate subject = read_certificate(certificate);
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store{X509_STORE_new(),
                                                                      &X509_STORE_free};
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context{
      X509_STORE_CTX_new(), &X509_STORE_CTX_free};
  X509_STORE_add_cert(store.get(), authority.get());
  X509_STORE_CTX_init(context.get(), store.get(), subject.get(), nullptr);
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  if (purpose == X509_PURPOSE_SSL_SERVER) {
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    X509_VERIFY_PARAM_set1_host(parameters, "localhost", 0);
  }
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

TEST(CertificateAuthority, EachFaultIsRefusedForItsOwnReason) {
  using enum ServerCertificate;
  struct Case {
    ServerCertificate kind;
    int expected;
  };
  const std::map<std::string, Case> cases{
      {"valid", {.kind = valid, .expected = X509_V_OK}},
      {"expired", {.kind = expired, .expected = X509_V_ERR_CERT_HAS_EXPIRED}},
      {"not_yet_valid", {.kind = not_yet_valid, .expected = X509_V_ERR_CERT_NOT_YET_VALID}},
      {"self_signed", {.kind = self_signed, .expected = X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT}},
      {"wrong_host", {.kind = wrong_host, .expected = X509_V_ERR_HOSTNAME_MISMATCH}},
      {"common_name_only", {.kind = common_name_only, .expected = X509_V_ERR_HOSTNAME_MISMATCH}},
      {"client_purpose", {.kind = client_purpose, .expected = X509_V_ERR_INVALID_PURPOSE}}};
  const TemporaryDirectory directory;
  const CertificateAuthority authority{directory.path()};
  for (const auto& [name, row] : cases) {
    SCOPED_TRACE(name);
    const CertificateFiles files = authority.issue_server(name, row.kind);
    EXPECT_EQ(verify(authority.ca_file(), files.certificate), row.expected);
  }
}

TEST(CertificateAuthority, DoesNotVouchForAnotherAuthoritysServers) {
  const TemporaryDirectory directory;
  const CertificateAuthority one{directory.path(), "one"};
  const CertificateAuthority other{directory.path(), "other"};
  EXPECT_NE(verify(one.ca_file(), other.issue_server("server").certificate), X509_V_OK);
}

TEST(CertificateAuthority, IssuesClientCertificates) {
  const TemporaryDirectory directory;
  const CertificateAuthority authority{directory.path()};
  EXPECT_EQ(verify(authority.ca_file(),
                   authority.issue_client("client").certificate,
                   X509_PURPOSE_SSL_CLIENT),
            X509_V_OK);
}

TEST(CertificateAuthority, KeepsKeysToTheirOwner) {
  const TemporaryDirectory directory;
  const CertificateAuthority authority{directory.path()};
  const CertificateFiles files = authority.issue_server("server");
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(files.key).permissions(),
            perms::owner_read | perms::owner_write);
}

}  // namespace
}  // namespace rfi::test
