// Whom the client trusts, and whom it does not.
#include "unit/api/transport_fixture.hpp"

#include "rfi/api/tls_context.hpp"

#include <openssl/ssl.h>

#include <string>

namespace rfi::test {
namespace {

using policy::BytesLeft;
using policy::Phase;
using policy::TransportFailure;

using TlsTest = TransportTest;

TEST_F(TlsTest, RefusesEveryCertificateThatIsNotRight) {
  struct Row {
    const char* name;
    ServerCertificate kind;
  };
  for (const Row& row : {Row{"expired", ServerCertificate::expired},
                         Row{"not yet valid", ServerCertificate::not_yet_valid},
                         Row{"self-signed", ServerCertificate::self_signed},
                         Row{"of another host", ServerCertificate::wrong_host},
                         Row{"with a common name only", ServerCertificate::common_name_only},
                         Row{"of a client", ServerCertificate::client_purpose}}) {
    for (const std::string host : {"127.0.0.1", "localhost"}) {
      SCOPED_TRACE(std::string{row.name} + " for " + host);
      const auto& authority = TestAuthority::get();
      const auto files = authority.authority.issue_server("bad", row.kind);
      settings.endpoint.host = host;
      serve_with({.certificate = files}, {answering(http_answer(200))});
      const auto report = send();
      const auto* failure = std::get_if<TransportFailure>(&report.result);
      if (failure == nullptr) {
        ADD_FAILURE() << "got " << word_of(report.result);
        continue;
      }
      EXPECT_EQ(failure->phase, Phase::handshake);
      EXPECT_EQ(failure->error, "tls_verify");
      EXPECT_EQ(failure->bytes_left, BytesLeft::no);
      EXPECT_NE(failure->detail.find("api.ca_file"), std::string::npos) << failure->detail;
    }
  }
}

TEST_F(TlsTest, RefusesAnAuthorityItWasNotTold) {
  const TemporaryDirectory directory;
  const CertificateAuthority other{directory.path(), "other"};
  serve_with({.certificate = other.issue_server("server")}, {answering(http_answer(200))});
  EXPECT_EQ(send_for_word(), "tls_verify");
}

TEST_F(TlsTest, SpeaksTls12AndNothingOlder) {
  const auto& certificate = TestAuthority::get().server;
  serve_with({.certificate = certificate, .highest_tls_version = TLS1_2_VERSION},
             {answering(http_answer(200))});
  EXPECT_EQ(send_for_word(), "200");
  serve_with({.certificate = certificate, .highest_tls_version = TLS1_1_VERSION},
             {answering(http_answer(200))});
  const auto report = send();
  const auto* failure = std::get_if<TransportFailure>(&report.result);
  ASSERT_NE(failure, nullptr) << word_of(report.result);
  EXPECT_EQ(failure->phase, Phase::handshake);
  EXPECT_EQ(failure->error, "tls");
  EXPECT_EQ(failure->bytes_left, BytesLeft::no);
}

TEST_F(TlsTest, ShowsItsClientCertificateWhereItIsAskedFor) {
  const auto& authority = TestAuthority::get();
  const auto client = authority.authority.issue_client("rfi-submitd");
  const ScriptedServer::Options asking{.certificate = authority.server,
                                       .client_ca_file = authority.authority.ca_file()};
  api::TlsSettings with;
  with.ca_file = authority.authority.ca_file();
  with.client_certificate = client.certificate;
  with.client_key = client.key;
  tls = make_tls(with);
  serve_with(asking, {answering(http_answer(200))});
  EXPECT_EQ(send_for_word(), "200");
  with.client_certificate.clear();
  with.client_key.clear();
  tls = make_tls(with);
  serve_with(asking, {answering(http_answer(200))});
  EXPECT_NE(send_for_word(), "200");
}

TEST(TlsContext, SaysWhichFileCannotBeUsed) {
  const auto& authority = TestAuthority::get();
  const TemporaryDirectory directory;
  write_file(directory / "empty.pem", "");
  const std::string ca = authority.authority.ca_file();
  const std::string certificate = authority.server.certificate;
  const std::string missing = directory / "missing.pem";
  const std::string empty = directory / "empty.pem";
  const std::string other_key = authority.authority.issue_server("other").key;
  struct Row {
    api::TlsSettings settings;
    std::string option;
    std::string file;
  };
  for (const Row& row : {Row{{missing, "", ""}, "api.ca_file", missing},
                         Row{{empty, "", ""}, "api.ca_file", empty},
                         Row{{ca, missing, missing}, "api.client_certificate", missing},
                         Row{{ca, certificate, missing}, "api.client_key", missing},
                         Row{{ca, certificate, other_key}, "api.client_key", other_key}}) {
    const auto made = api::TlsContext::create(row.settings);
    const auto* problem = std::get_if<api::TlsProblem>(&made);
    ASSERT_NE(problem, nullptr) << row.file;
    EXPECT_NE(problem->message.find(row.option), std::string::npos) << problem->message;
    EXPECT_NE(problem->message.find(row.file), std::string::npos) << problem->message;
  }
}

}  // namespace
}  // namespace rfi::test
