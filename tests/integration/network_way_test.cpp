// The way to the API is broken, and repaired, under a running daemon: refused connections, bad
// certificates, broken handshakes. Nothing is sent, no row pays for it, and all is delivered after.
#include "integration/network_fixture.hpp"
#include "support/free_port.hpp"
#include "support/wait_until.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rfi::test {
namespace {

using std::chrono::seconds;

struct Fault {
  std::string name;
  /// Makes what stands at the port; nothing for nobody.
  std::function<std::unique_ptr<ScriptedServer>(std::uint16_t)> server;
  std::string recorded;
};

std::unique_ptr<ScriptedServer> serve_at(std::uint16_t port,
                                         const CertificateFiles& certificate,
                                         int highest_tls_version = 0) {
  const ScriptedServer::Options options{
      .certificate = certificate, .highest_tls_version = highest_tls_version, .port = port};
  return std::make_unique<ScriptedServer>(
      options, std::vector<ScriptedServer::Script>{answering(http_answer(200))});
}

Fault with_certificate(const std::string& name, ServerCertificate kind) {
  return {
      name,
      [kind](std::uint16_t port) { return serve_at(port, NetworkAuthority::get().issue(kind)); },
      "not_sent tls_verify"};
}

Fault with_script(const std::string& name,
                  const ScriptedServer::Script& script,
                  const std::string& recorded) {
  return {name,
          [script](std::uint16_t port) {
            const ScriptedServer::Options options{.certificate = NetworkAuthority::get().good(),
                                                  .port = port};
            return std::make_unique<ScriptedServer>(options,
                                                    std::vector<ScriptedServer::Script>{script});
          },
          recorded};
}

std::vector<Fault> faults() {
  std::vector<Fault> table{
      {"nobody listens", [](std::uint16_t /*port*/) { return nullptr; }, "not_sent refused"},
      with_certificate("expired", ServerCertificate::expired),
      with_certificate("not yet valid", ServerCertificate::not_yet_valid),
      with_certificate("self-signed", ServerCertificate::self_signed),
      with_certificate("of another host", ServerCertificate::wrong_host),
      with_certificate("of a client", ServerCertificate::client_purpose),
      {"of an authority that is not trusted",
       [](std::uint16_t port) {
         return serve_at(port, NetworkAuthority::get().of_another_authority());
       },
       "not_sent tls_verify"},
      {"TLS 1.1 only",
       [](std::uint16_t port) {
         return serve_at(port, NetworkAuthority::get().good(), TLS1_1_VERSION);
       },
       "not_sent tls"},
      with_script(
          "no handshake", [](Peer& peer) { peer.wait_for_end(); }, "not_sent timeout"),
      with_script(
          "reset in the handshake",
          [](Peer& peer) {
            (void)peer.read_raw(100);
            peer.reset();
          },
          "not_sent reset"),
      with_script(
          "end in the handshake",
          [](Peer& peer) {
            peer.swallow();
            peer.close();
          },
          "not_sent cut_off"),
      with_script(
          "half a record in the handshake",
          [](Peer& peer) {
            peer.swallow();
            peer.write_raw(std::string_view{"\x16\x03\x03\x00\x7a\x02", 6});
            peer.close();
          },
          "not_sent cut_off"),
      with_script(
          "no TLS",
          [](Peer& peer) {
            peer.write_raw("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            peer.wait_for_end();
          },
          "not_sent tls"),
  };
  return table;
}

TEST(NetworkWay, IsRepairedUnderTheDaemonAndNoRowPaysForIt) {
  const std::vector<Fault> table = faults();
  std::optional<ScriptedApi> api(std::in_place);
  const std::uint16_t port = api->port();
  const Deployment deployment{network_options(api->base_url())};
  ASSERT_EQ(deployment.run({"enqueue", "-"}, network_line("first", 999)).status.code, 0);
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until([&] { return deployment.state("first") == "submitted"; }, seconds{20}));
  for (unsigned i = 0; i < table.size(); ++i) {
    SCOPED_TRACE(table[i].name);
    const std::string reference = "row-" + std::to_string(i);
    api.reset();
    auto bad = table[i].server(port);
    ASSERT_EQ(deployment.run({"enqueue", "-"}, network_line(reference, i)).status.code, 0);
    ASSERT_TRUE(wait_until(
        [&] {
          return !first_attempt(deployment, reference).empty() &&
                 first_attempt(deployment, reference) != "open";
        },
        seconds{20}));
    EXPECT_EQ(first_attempt(deployment, reference), table[i].recorded);
    bad.reset();
    api.emplace(
        ScriptedServer::Options{.certificate = NetworkAuthority::get().good(), .port = port});
    ASSERT_TRUE(wait_until(
        [&] {
          const std::string state = deployment.state(reference);
          return state != "pending" && state != "submitting";
        },
        seconds{30}));
    const auto row = deployment.show(reference);
    EXPECT_EQ(row.at("state").as_string(), "submitted");
    EXPECT_EQ(row.at("attempts").to_number<int>(), 1) << "what was not sent is not counted";
    for (const std::string& outcome : deployment.outcomes(reference)) {
      EXPECT_TRUE(outcome == "not_sent" || outcome == "accepted") << outcome;
    }
    EXPECT_EQ(api->patches(customer_id(i)), 1U);
  }
  daemon->send_signal(SIGTERM);
  const auto ended = daemon->wait(seconds{15});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0);
  EXPECT_EQ(leak_in(daemon->standard_output()), "");
}

// The operator no longer trusts an authority (or its certificate was renewed): a reload is enough,
// no session of before is resumed and no connection of before is used.
TEST(NetworkWay, AnAuthorityThatIsNoLongerTrustedIsRefusedAfterAReload) {
  ScriptedApi api;
  DeploymentOptions options = network_options(api.base_url());
  Deployment deployment{options};
  const auto daemon = deployment.start();
  ASSERT_EQ(deployment.run({"enqueue", "-"}, network_line("trusted", 1)).status.code, 0);
  ASSERT_TRUE(wait_until([&] { return deployment.state("trusted") == "submitted"; }, seconds{20}));
  DeploymentOptions others = options;
  others.ca_file = deployment.sandbox().ca_file();
  deployment.configure(others);
  daemon->send_signal(SIGHUP);
  ASSERT_TRUE(daemon->wait_for_output("service.reloaded", seconds{10}));
  ASSERT_EQ(deployment.run({"enqueue", "-"}, network_line("refused", 2)).status.code, 0);
  ASSERT_TRUE(wait_until(
      [&] { return first_attempt(deployment, "refused") == "not_sent tls_verify"; }, seconds{20}));
  EXPECT_EQ(api.patches(customer_id(2)), 0U);
  deployment.configure(options);
  daemon->send_signal(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return deployment.state("refused") == "submitted"; }, seconds{20}));
}

}  // namespace
}  // namespace rfi::test
