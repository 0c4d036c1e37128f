// The way through an HTTP proxy: what the proxy sees, and what it can do wrong.
#include "support/connect_proxy.hpp"
#include "support/free_port.hpp"
#include "unit/api/transport_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

namespace rfi::test {
namespace {

using policy::BytesLeft;
using policy::Phase;
using policy::Stopped;
using policy::TransportFailure;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

class ProxyTest : public TransportTest {
 protected:
  ConnectProxy proxy;

  void through_proxy() {
    settings.proxy = api::ProxyAddress{"127.0.0.1", std::to_string(proxy.port())};
    serve({answering(http_answer(200))});
  }
};

TEST_F(ProxyTest, OpensATunnelAndSpeaksTlsInside) {
  through_proxy();
  EXPECT_EQ(send_for_word("{\"a\":\"PRIVATE\"}"), "200");
  EXPECT_EQ(send_for_word("{\"a\":\"PRIVATE\"}"), "200");
  const std::string authority = "127.0.0.1:" + settings.endpoint.port;
  EXPECT_TRUE(proxy.seen().starts_with("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority +
                                       "\r\n\r\n\x16\x03"))
      << proxy.seen().substr(0, 200);
  EXPECT_EQ(proxy.connections(), 1U) << "the tunnel is kept like any connection";
  for (const char* word : {"PRIVATE", "PATCH", "customers"}) {
    EXPECT_EQ(proxy.seen().find(word), std::string::npos) << word;
  }
}

TEST_F(ProxyTest, LeavesTheNameOfTheApiToTheProxy) {
  settings.endpoint.host = "localhost";
  through_proxy();
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_TRUE(proxy.seen().starts_with("CONNECT localhost:")) << proxy.seen().substr(0, 100);
  // A name that only the proxy could know fails there, not here.
  settings.endpoint.host = "api.example.invalid";
  proxy.refuse(proxy_saying("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"));
  connect_anew();
  EXPECT_EQ(send_for_word(), "proxy");
}

TEST_F(ProxyTest, ReadsOverInterimAnswersAndTakesAny2xxWithWhateverHeaders) {
  for (const std::string first : {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nA: b\r\n\r\n",
                                  "HTTP/1.0 204 fine\r\nContent-Length: 7\r\n\r\n"}) {
    SCOPED_TRACE(first);
    const bool final = first.find("204") != std::string::npos;
    proxy.refuse({});
    if (final) {
      proxy.refuse([this, first](Peer& peer, const std::string& /*request*/) {
        peer.write(first);
        peer.relay(server->port(), [](std::string_view /*bytes*/) {});
      });
    } else {
      proxy.say_first(first);
    }
    through_proxy();
    EXPECT_EQ(send_for_word(), "200");
  }
}

TEST_F(ProxyTest, ReadsAnAnswerThatComesAByteAtATime) {
  settings.connect_timeout = std::chrono::seconds{5};
  proxy.refuse([this](Peer& peer, const std::string& /*request*/) {
    for (const char byte : std::string{"HTTP/1.1 200 OK\r\nVia: x\r\n\r\n"}) {
      peer.write({&byte, 1});
      peer.wait(milliseconds{1});
    }
    peer.relay(server->port(), [](std::string_view /*bytes*/) {});
  });
  through_proxy();
  EXPECT_EQ(send_for_word(), "200");
}

// What comes in one segment with the proxy's answer is TLS already (here: an alert) and must reach
// TLS, which then knows better than "no answer in time".
TEST_F(ProxyTest, SwallowsNothingOfTheTunnel) {
  const std::string fatal_alert{"\x15\x03\x03\x00\x02\x02\x28", 7};
  proxy.refuse(proxy_saying("HTTP/1.1 200 OK\r\n\r\n" + fatal_alert));
  through_proxy();
  const auto report = send();
  const auto* failure = std::get_if<TransportFailure>(&report.result);
  ASSERT_NE(failure, nullptr) << word_of(report.result);
  EXPECT_EQ(failure->phase, Phase::handshake);
  EXPECT_EQ(failure->error, "tls") << failure->detail;
}

TEST_F(ProxyTest, VerifiesTheApiAndNotTheProxy) {
  const auto files =
      TestAuthority::get().authority.issue_server("bad-proxy", ServerCertificate::wrong_host);
  settings.proxy = api::ProxyAddress{"127.0.0.1", std::to_string(proxy.port())};
  serve_with({.certificate = files}, {answering(http_answer(200))});
  EXPECT_EQ(send_for_word(), "tls_verify");
}

TEST_F(ProxyTest, BlamesTheProxyForWhatItDoesAndSendsNothing) {
  struct Row {
    const char* name;
    ConnectProxy::Refusal refusal;
    std::string detail;
  };
  const auto refusing = [](int status) {
    return proxy_saying("HTTP/1.1 " + std::to_string(status) +
                        " x\r\nContent-Length: 6\r\n\r\nSECRET");
  };
  const std::vector<Row> rows = {
      {"407", refusing(407), "HTTP 407 to CONNECT: it asks for credentials"},
      {"403", refusing(403), "HTTP 403 to CONNECT: let it admit"},
      {"a redirect", refusing(302), "HTTP 302"},
      {"502", refusing(502), "HTTP 502"},
      {"another protocol", refusing(101), "HTTP 101"},
      {"a status that is none", refusing(999), "HTTP 999"},
      {"silence", proxy_saying(""), "did not answer CONNECT in time"},
      {"half an answer", proxy_saying("HTTP/1.1 200 OK\r\n"), "did not answer CONNECT in time"},
      {"garbage", proxy_saying("SSH-2.0-SECRET\r\n"), "is no HTTP proxy"},
      {"no status", proxy_saying("HTTP/1.1 OK SECRET\r\n\r\n"), "is no HTTP proxy"},
      {"a negative status", proxy_saying("HTTP/1.1 -20 SECRET\r\n\r\n"), "is no HTTP proxy"},
      {"a long status", proxy_saying("HTTP/1.1 2000 SECRET\r\n\r\n"), "is no HTTP proxy"},
      {"HTTP/2", proxy_saying("HTTP/2 200\r\n\r\n"), "is no HTTP proxy"},
      {"a head without an end",
       proxy_saying("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x')),
       "has no end"},
      {"interim answers without an end",
       [](Peer& peer, const std::string& /*request*/) {
         for (int i = 0; i < 2000; ++i) {
           peer.write("HTTP/1.1 100 Continue\r\n\r\n");
         }
         peer.wait_for_end();
       },
       "has no end"},
      {"the end", [](Peer& peer, const std::string& /*request*/) { peer.close(); }, "ended"},
      {"a reset",
       [](Peer& peer, const std::string& /*request*/) { peer.reset(); },
       "did not answer CONNECT: "},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    proxy.refuse(row.refusal);
    through_proxy();
    const auto began = steady_clock::now();
    const auto report = send();
    EXPECT_LT(steady_clock::now() - began, kTimeout + kPatience);
    const auto* failure = std::get_if<TransportFailure>(&report.result);
    if (failure == nullptr) {
      ADD_FAILURE() << "got " << word_of(report.result);
      continue;
    }
    EXPECT_EQ(failure->phase, Phase::connect);
    EXPECT_EQ(failure->error, "proxy");
    EXPECT_EQ(failure->bytes_left, BytesLeft::no);
    EXPECT_NE(failure->detail.find("api.proxy"), std::string::npos) << failure->detail;
    EXPECT_NE(failure->detail.find(row.detail), std::string::npos) << failure->detail;
    EXPECT_EQ(failure->detail.find("SECRET"), std::string::npos) << failure->detail;
    EXPECT_EQ(server->connections(), 0U);
  }
  proxy.refuse({});
  through_proxy();
  EXPECT_EQ(send_for_word(), "200") << "and works again";
}

TEST_F(ProxyTest, BlamesAProxyThatCannotBeReached) {
  through_proxy();
  for (const std::string host : {"127.0.0.1", "proxy.invalid"}) {
    settings.proxy = api::ProxyAddress{host, std::to_string(free_port())};
    if (host != "127.0.0.1") {
      settings.proxy->host = std::string(70, 'x') + ".invalid";  // fails without a name server
    }
    connect_anew();
    const auto report = send();
    const auto* failure = std::get_if<TransportFailure>(&report.result);
    ASSERT_NE(failure, nullptr) << word_of(report.result);
    EXPECT_EQ(failure->error, "proxy");
    EXPECT_EQ(failure->bytes_left, BytesLeft::no);
    EXPECT_NE(failure->detail.find("api.proxy"), std::string::npos) << failure->detail;
  }
}

TEST_F(ProxyTest, IsNotAskedForPlainHttp) {
  tls = nullptr;
  settings.proxy = api::ProxyAddress{"127.0.0.1", std::to_string(proxy.port())};
  serve_with({}, {answering(http_answer(200))});
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(proxy.connections(), 0U);
}

TEST_F(ProxyTest, StopsWhileTheProxyIsSilent) {
  settings.connect_timeout = std::chrono::seconds{20};
  proxy.refuse(proxy_saying(""));
  through_proxy();
  after(milliseconds{100}, [this] { transport->stop(); });
  const auto began = steady_clock::now();
  const auto report = send();
  EXPECT_LT(steady_clock::now() - began, milliseconds{100} + kPatience);
  ASSERT_TRUE(std::holds_alternative<Stopped>(report.result)) << word_of(report.result);
  EXPECT_EQ(std::get<Stopped>(report.result).bytes_left, BytesLeft::no);
}

TEST_F(ProxyTest, IsAnotherOneAfterAReload) {
  through_proxy();
  EXPECT_EQ(send_for_word(), "200");
  const ConnectProxy other;
  settings.proxy->port = std::to_string(other.port());
  transport->reconfigure(settings, tls);
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(proxy.connections(), 1U);
  EXPECT_EQ(other.connections(), 1U);
  settings.proxy.reset();
  transport->reconfigure(settings, tls);
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(other.connections(), 1U);
}

}  // namespace
}  // namespace rfi::test
