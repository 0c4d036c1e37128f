// Which connections carry a second request, and what becomes of one that the server has ended.
#include "unit/api/transport_fixture.hpp"

#include <string>
#include <vector>

namespace rfi::test {
namespace {

using policy::BytesLeft;
using std::chrono::milliseconds;

using ConnectionReuseTest = TransportTest;

TEST_F(ConnectionReuseTest, KeepsAConnectionForTheNextRequest) {
  serve({answering(http_answer(200))});
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(send_for_word(), "200");
  }
  EXPECT_EQ(server->connections(), 1U);
}

TEST_F(ConnectionReuseTest, KeepsAConnectionWhateverTheStatus) {
  serve({answering(http_answer(500))});
  EXPECT_EQ(send_for_word(), "500");
  EXPECT_EQ(send_for_word(), "500");
  EXPECT_EQ(server->connections(), 1U);
}

TEST_F(ConnectionReuseTest, WorksAfterATimeThatTheLastDeadlineHasPassedIn) {
  serve({answering(http_answer(200))});
  EXPECT_EQ(send_for_word(), "200");
  pause(kTimeout + milliseconds{50});
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(server->connections(), 1U);
}

TEST_F(ConnectionReuseTest, TakesANewConnectionAfterTheIdleLimit) {
  settings.idle_limit = milliseconds{50};
  serve({answering(http_answer(200))});
  EXPECT_EQ(send_for_word(), "200");
  pause(milliseconds{80});
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(server->connections(), 2U);
}

TEST_F(ConnectionReuseTest, TakesANewConnectionAfterTheMaximumAge) {
  settings.maximum_age = milliseconds{200};
  serve({answering(http_answer(200))});
  const auto end = std::chrono::steady_clock::now() + milliseconds{220};
  while (std::chrono::steady_clock::now() < end) {
    ASSERT_EQ(send_for_word(), "200");
  }
  ASSERT_EQ(send_for_word(), "200");
  EXPECT_GE(server->connections(), 2U);
}

TEST_F(ConnectionReuseTest, UsesNothingOfTheOldSettingsAfterAReload) {
  serve({answering(http_answer(200))});
  EXPECT_EQ(send_for_word(), "200");
  transport->reconfigure(settings, tls);
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(server->connections(), 2U);
}

/// The first connection does this after (or with) its answer; the second request must then go over
/// a new connection, as if nothing had been.
struct EndRow {
  const char* name;
  ScriptedServer::Script first;
};

TEST_F(ConnectionReuseTest, SendsNothingIntoAConnectionThatHasVisiblyEnded) {
  const std::string answer = http_answer(200);
  const auto after_request = [](const auto& action) {
    return [action](Peer& peer) {
      if (peer.handshake() && !peer.read_request().empty()) {
        action(peer);
      }
    };
  };
  const std::vector<EndRow> rows = {
      {"Connection: close", after_request([](Peer& peer) {
         peer.write(http_answer(200, "{}", "Connection: close\r\n"));
         peer.wait_for_end();
       })},
      {"close_notify in the same segment as the answer", after_request([answer](Peer& peer) {
         peer.write_together({answer, ""});
         peer.wait_for_end();
       })},
      {"close_notify and end", after_request([answer](Peer& peer) {
         peer.write(answer);
         peer.close_notify();
         peer.close();
       })},
      {"end without close_notify", after_request([answer](Peer& peer) {
         peer.write(answer);
         peer.close();
       })},
      {"reset", after_request([answer](Peer& peer) {
         peer.write(answer);
         peer.wait(milliseconds{20});
         peer.reset();
       })},
      {"a second answer in the same record", after_request([answer](Peer& peer) {
         peer.write(answer + http_answer(500));
         peer.wait_for_end();
       })},
      {"a second answer in a record of its own, in the same segment",
       after_request([answer](Peer& peer) {
         peer.write_together({answer, http_answer(500)});
         peer.wait_for_end();
       })},
      {"a second answer later", after_request([answer](Peer& peer) {
         peer.write(answer);
         peer.wait(milliseconds{20});
         peer.write(http_answer(500));
         peer.wait_for_end();
       })},
      {"another protocol", after_request([](Peer& peer) {
         peer.write(
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n");
         peer.wait_for_end();
       })},
  };
  for (const EndRow& row : rows) {
    SCOPED_TRACE(row.name);
    serve({row.first, answering(http_answer(201))});
    (void)send();
    pause(milliseconds{60});  // so that what the server does has arrived
    EXPECT_EQ(send_for_word(), "201");
    EXPECT_EQ(server->connections(), 2U);
  }
}

TEST_F(ConnectionReuseTest, TakesNoConnectionBackAfterAFailure) {
  serve({[](Peer& peer) {
           if (peer.handshake() && !peer.read_request().empty()) {
             peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n");
             peer.wait_for_end();
           }
         },
         answering(http_answer(200))});
  EXPECT_EQ(send_for_word(), "too_large");
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(server->connections(), 2U);
}

TEST_F(ConnectionReuseTest, CallsARequestIntoAClosingConnectionUnknown) {
  serve({[](Peer& peer) {
    if (!peer.handshake() || peer.read_request().empty()) {
      return;
    }
    peer.write(http_answer(200));
    (void)peer.read_request();  // the second one, which is never answered
    peer.close();
  }});
  EXPECT_EQ(send_for_word(), "200");
  const auto report = send();
  const auto* failure = std::get_if<policy::TransportFailure>(&report.result);
  ASSERT_NE(failure, nullptr) << word_of(report.result);
  EXPECT_EQ(failure->bytes_left, BytesLeft::yes);
  EXPECT_EQ(server->connections(), 1U) << "it is not sent again by itself";
}

TEST_F(ConnectionReuseTest, GrowsToWhatIsNeededAtOnce) {
  serve({[](Peer& peer) {
    if (!peer.handshake()) {
      return;
    }
    while (!peer.read_request().empty()) {
      peer.wait(milliseconds{30});
      peer.write(http_answer(200));
    }
  }});
  int ended = 0;
  for (int round = 0; round < 2; ++round) {
    ended = 0;
    for (int i = 0; i < 4; ++i) {
      boost::asio::co_spawn(
          io,
          transport->send(request()),
          [&](const std::exception_ptr& error, const api::TransportReport& report) {
            EXPECT_EQ(error, nullptr);
            EXPECT_EQ(word_of(report.result), "200");
            ++ended;
          });
    }
    io.restart();
    io.run_for(std::chrono::seconds{5});
    EXPECT_EQ(ended, 4);
  }
  EXPECT_EQ(server->connections(), 4U);
}

TEST_F(ConnectionReuseTest, ResumesTheTlsSessionOnANewConnection) {
  std::atomic<int> resumed = 0;
  serve({[&](Peer& peer) {
    if (!peer.handshake()) {
      return;
    }
    resumed += peer.resumed() ? 1 : 0;
    (void)peer.read_request();
    peer.write(http_answer(200, "{}", "Connection: close\r\n"));
  }});
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(server->connections(), 2U);
  EXPECT_EQ(resumed, 1);
}

class SessionTest : public TransportTest {
 protected:
  std::atomic<int> resumed = 0;

  void serve_one_request_a_connection() {
    serve({[this](Peer& peer) {
      if (!peer.handshake()) {
        return;
      }
      resumed += peer.resumed() ? 1 : 0;
      (void)peer.read_request();
      peer.write(http_answer(200, "{}", "Connection: close\r\n"));
    }});
  }

  static api::TlsSettings trusted() {
    api::TlsSettings with;
    with.ca_file = TestAuthority::get().authority.ca_file();
    return with;
  }
};

// A resumed session shows no certificate, so a chain of them must not outlive what was verified.
TEST_F(SessionTest, IsResumedNoLongerThanItsLife) {
  auto with = trusted();
  with.session_life = milliseconds{150};
  tls = make_tls(with);
  serve_one_request_a_connection();
  const auto end = std::chrono::steady_clock::now() + milliseconds{400};
  int requests = 0;
  int full_after_the_first = 0;
  while (std::chrono::steady_clock::now() < end) {
    const int before = resumed;
    ASSERT_EQ(send_for_word(), "200");
    full_after_the_first += requests++ > 0 && resumed == before ? 1 : 0;
  }
  EXPECT_GE(resumed, 1);
  EXPECT_GE(full_after_the_first, 1) << "of " << requests << " requests";
}

TEST_F(SessionTest, IsNotResumedAfterAReload) {
  serve_one_request_a_connection();
  EXPECT_EQ(send_for_word(), "200");
  transport->reconfigure(settings, make_tls(trusted()));
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(resumed, 0) << "other certificates may be trusted now";
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(resumed, 1);
}

TEST_F(SessionTest, OfAnAuthorityNoLongerTrustedIsOfNoUse) {
  serve_one_request_a_connection();
  EXPECT_EQ(send_for_word(), "200");
  const TemporaryDirectory directory;
  const CertificateAuthority other{directory.path(), "other"};
  auto with = trusted();
  with.ca_file = other.ca_file();
  transport->reconfigure(settings, make_tls(with));
  EXPECT_EQ(send_for_word(), "tls_verify");
}

// A request that is under way at a reload ends over the connection it has; that one goes after it.
TEST_F(ConnectionReuseTest, TakesNoConnectionBackThatWasOutAtAReload) {
  settings.request_timeout = std::chrono::seconds{3};
  serve({[](Peer& peer) {
    if (!peer.handshake()) {
      return;
    }
    while (!peer.read_request().empty()) {
      peer.wait(milliseconds{100});
      peer.write(http_answer(200));
    }
  }});
  after(milliseconds{50}, [this] { transport->reconfigure(settings, tls); });
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(server->connections(), 2U);
}

}  // namespace
}  // namespace rfi::test
