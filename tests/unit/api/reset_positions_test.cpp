// The connection ends at every byte of a request and of an answer, as the wire has them. The server
// counts what it got: "no byte left" must never be said of a request of which it has one.
#include "unit/api/transport_fixture.hpp"

#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

namespace rfi::test {
namespace {

using policy::BytesLeft;
using policy::Phase;
using policy::TransportFailure;

enum class End { reset, close };

class ResetPositionsTest : public TransportTest {
 protected:
  /// The request's size under TLS.
  std::size_t request_on_the_wire() {
    std::atomic<std::size_t> size = 0;
    serve({[&size](Peer& peer) {
      if (peer.handshake()) {
        size = peer.read_raw(100'000).size();  // until the client gives up
      }
    }});
    EXPECT_EQ(send_for_word(), "timeout");
    transport.reset();
    server.reset();  // waits for the script
    return size;
  }

  std::size_t answer_on_the_wire(const std::string& answer) {
    std::atomic<std::size_t> size = 0;
    serve({[&](Peer& peer) {
      if (peer.handshake() && !peer.read_request().empty()) {
        size = peer.seal(answer).size();
      }
    }});
    (void)send();
    return size;
  }

  static void end(Peer& peer, End how) {
    if (how == End::reset) {
      peer.reset();
    } else {
      peer.close();
    }
  }
};

TEST_F(ResetPositionsTest, EveryByteOfTheRequest) {
  const std::size_t size = request_on_the_wire();
  ASSERT_GT(size, request().size());
  for (std::size_t at = 0; at <= size; ++at) {
    SCOPED_TRACE(at);
    std::atomic<std::size_t> got = 0;
    serve({[&](Peer& peer) {
      if (peer.handshake()) {
        got = peer.read_raw(at).size();
        peer.reset();
      }
    }});
    const auto report = send();
    const auto* failure = std::get_if<TransportFailure>(&report.result);
    ASSERT_NE(failure, nullptr) << word_of(report.result);
    EXPECT_EQ(got, at);
    if (at > 0) {
      EXPECT_EQ(failure->bytes_left, BytesLeft::yes) << failure->error;
    }
    // A reset that came before the write is a proof; then nothing may be called sent.
    if (failure->bytes_left == BytesLeft::no) {
      EXPECT_EQ(got, 0U);
      EXPECT_EQ(failure->phase, Phase::write);
    }
  }
}

TEST_F(ResetPositionsTest, ALargeRequestThatIsStillBeingWritten) {
  settings.request_timeout = std::chrono::seconds{5};
  const std::string body(std::size_t{8} * 1024 * 1024, 'x');
  for (const std::size_t at : {1U, 4096U, 65'536U, 300'000U}) {
    SCOPED_TRACE(at);
    serve_with({.certificate = TestAuthority::get().server, .receive_buffer = 4096},
               {[&](Peer& peer) {
                 if (peer.handshake()) {
                   (void)peer.read_raw(at);
                   peer.reset();
                 }
               }});
    const auto report = send(body);
    const auto* failure = std::get_if<TransportFailure>(&report.result);
    ASSERT_NE(failure, nullptr) << word_of(report.result);
    EXPECT_EQ(failure->phase, Phase::write);
    EXPECT_EQ(failure->error, "reset");
    EXPECT_EQ(failure->bytes_left, BytesLeft::yes);
  }
}

TEST_F(ResetPositionsTest, EveryByteOfTheAnswer) {
  const std::string answer = http_answer(200, R"({"data":{}})");
  const std::size_t size = answer_on_the_wire(answer);
  ASSERT_GT(size, answer.size());
  for (const End how : {End::reset, End::close}) {
    for (std::size_t at = 0; at < size; ++at) {
      SCOPED_TRACE(at);
      serve({[&](Peer& peer) {
        if (peer.handshake() && !peer.read_request().empty()) {
          peer.write_raw(peer.seal(answer).substr(0, at));
          end(peer, how);
        }
      }});
      const auto report = send();
      const auto* failure = std::get_if<TransportFailure>(&report.result);
      ASSERT_NE(failure, nullptr) << word_of(report.result);
      EXPECT_EQ(failure->phase, Phase::read);
      EXPECT_EQ(failure->bytes_left, BytesLeft::yes);
      EXPECT_EQ(failure->error, how == End::reset ? "reset" : "cut_off");
    }
  }
  serve({[&](Peer& peer) {
    if (peer.handshake() && !peer.read_request().empty()) {
      peer.write_raw(peer.seal(answer));
      peer.wait_for_end();
    }
  }});
  EXPECT_EQ(send_for_word(), "200") << "and whole it is an answer";
}

// The same in records of its own for each part: TLS is content, HTTP is not.
TEST_F(ResetPositionsTest, EveryCharacterOfTheAnswer) {
  const std::vector<std::string> answers = {
      http_answer(200, R"({"data":{}})"),
      "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2;x=y\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n"};
  for (const std::string& answer : answers) {
    for (std::size_t at = 0; at < answer.size(); ++at) {
      SCOPED_TRACE(answer.substr(0, at));
      serve({[&](Peer& peer) {
        if (peer.handshake() && !peer.read_request().empty()) {
          peer.write(std::string_view{answer}.substr(0, at));
          peer.close_notify();
          peer.close();
        }
      }});
      const auto report = send();
      const auto* failure = std::get_if<TransportFailure>(&report.result);
      ASSERT_NE(failure, nullptr) << word_of(report.result);
      EXPECT_EQ(failure->phase, Phase::read);
      EXPECT_EQ(failure->bytes_left, BytesLeft::yes);
    }
  }
}

TEST_F(ResetPositionsTest, EveryByteOfTheHandshakeLeavesNothingSent) {
  std::string client_hello;
  serve({[&](Peer& peer) { client_hello = peer.read_raw(10'000); }});
  EXPECT_EQ(send_for_word(), "timeout");
  transport.reset();
  server.reset();
  ASSERT_FALSE(client_hello.empty());
  for (std::size_t at = 0; at <= client_hello.size(); at += 1 + client_hello.size() / 40) {
    SCOPED_TRACE(at);
    serve({[&](Peer& peer) {
      (void)peer.read_raw(at);
      peer.reset();
    }});
    const auto report = send();
    const auto* failure = std::get_if<TransportFailure>(&report.result);
    ASSERT_NE(failure, nullptr) << word_of(report.result);
    EXPECT_EQ(failure->phase, Phase::handshake);
    EXPECT_EQ(failure->bytes_left, BytesLeft::no);
  }
}

}  // namespace
}  // namespace rfi::test
