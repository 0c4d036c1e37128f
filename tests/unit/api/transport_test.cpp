// One request against everything that a server can do wrong.
#include "rfi/api/transport.hpp"

#include "support/free_port.hpp"
#include "unit/api/transport_fixture.hpp"

#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rfi::test {
namespace {

using api::HttpAnswer;
using policy::BytesLeft;
using policy::Phase;
using policy::Stopped;
using policy::TransportFailure;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMebibyte = std::size_t{1024} * 1024;

/// Reads the request and answers with exactly these bytes, then leaves the connection open.
ScriptedServer::Script saying(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    if (peer.handshake() && !peer.read_request().empty()) {
      peer.write(bytes);
      peer.wait_for_end();
    }
  };
}

/// The same, then closes with or without close_notify.
ScriptedServer::Script saying_and_closing(std::string bytes, bool notify) {
  return [bytes = std::move(bytes), notify](Peer& peer) {
    if (peer.handshake() && !peer.read_request().empty()) {
      peer.write(bytes);
      if (notify) {
        peer.close_notify();
      }
      peer.close();
    }
  };
}

TEST_F(TransportTest, BringsTheWholeAnswer) {
  serve({saying(http_answer(200,
                            R"({"data":{}})",
                            "Retry-After: 7\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                            "X-Request-Id: req 1\x80\r\n"))});
  const auto report = send();
  const auto* answer = std::get_if<HttpAnswer>(&report.result);
  ASSERT_NE(answer, nullptr) << word_of(report.result);
  EXPECT_EQ(answer->status, 200U);
  EXPECT_EQ(answer->body, R"({"data":{}})");
  EXPECT_EQ(answer->retry_after, "7");
  EXPECT_EQ(answer->date, "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(answer->request_id, "req1");
}

TEST_F(TransportTest, ReadsEveryFormOfACompleteAnswer) {
  struct Row {
    const char* name;
    std::string bytes;
    unsigned status;
    std::string body;
  };
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::vector<Row> rows = {
      {"no body", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
      {"empty body", http_answer(200, ""), 200, ""},
      {"chunked", chunked + "1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n", 200, "{}"},
      {"chunked with trailers", chunked + "2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n", 200, "{}"},
      {"100 first", "HTTP/1.1 100 Continue\r\n\r\n" + http_answer(200), 200, "{}"},
      {"103 first",
       "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" +
           http_answer(201),
       201,
       "{}"},
      {"an error with a body", http_answer(422, R"({"message":"no"})"), 422, R"({"message":"no"})"},
      {"a status that is none", http_answer(999), 999, "{}"},
      {"the largest body",
       http_answer(200, std::string(kMebibyte, 'x')),
       200,
       std::string(kMebibyte, 'x')},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    serve({saying(row.bytes)});
    const auto report = send();
    const auto* answer = std::get_if<HttpAnswer>(&report.result);
    ASSERT_NE(answer, nullptr) << word_of(report.result);
    EXPECT_EQ(answer->status, row.status);
    EXPECT_EQ(answer->body, row.body);
  }
}

TEST_F(TransportTest, ReadsABodyThatEndsWithACloseNotify) {
  serve({saying_and_closing("HTTP/1.1 200 OK\r\n\r\n{}", true)});
  EXPECT_EQ(send_for_word(), "200");
}

struct FailureRow {
  const char* name;
  ScriptedServer::Script script;
  Phase phase;
  std::string error;
  BytesLeft left;
};

TEST_F(TransportTest, SaysWhereARequestFailedAndWhetherAnyOfItLeft) {
  const std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{";
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string interims;
  for (int i = 0; i < 20; ++i) {
    interims += "HTTP/1.1 100 Continue\r\n\r\n";
  }
  const std::vector<FailureRow> rows = {
      {"no handshake",
       [](Peer& peer) { peer.wait_for_end(); },
       Phase::handshake,
       "timeout",
       BytesLeft::no},
      {"closed instead of a handshake",
       [](Peer& peer) {
         peer.swallow();
         peer.close();
       },
       Phase::handshake,
       "cut_off",
       BytesLeft::no},
      {"reset instead of a handshake",
       [](Peer& peer) { peer.reset(); },
       Phase::handshake,
       "reset",
       BytesLeft::no},
      {"no TLS at all",
       [](Peer& peer) {
         peer.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
         peer.wait_for_end();
       },
       Phase::handshake,
       "tls",
       BytesLeft::no},
      {"never answers", saying(""), Phase::read, "timeout", BytesLeft::yes},
      {"half a head", saying("HTTP/1.1 200 OK\r\nCont"), Phase::read, "timeout", BytesLeft::yes},
      {"half a body", saying(start), Phase::read, "timeout", BytesLeft::yes},
      {"closes without an answer",
       saying_and_closing("", true),
       Phase::read,
       "closed",
       BytesLeft::yes},
      {"drops without an answer",
       saying_and_closing("", false),
       Phase::read,
       "cut_off",
       BytesLeft::yes},
      {"resets without an answer",
       [](Peer& peer) {
         if (peer.handshake() && !peer.read_request().empty()) {
           peer.reset();
         }
       },
       Phase::read,
       "reset",
       BytesLeft::yes},
      {"closes in the body",
       saying_and_closing(start, true),
       Phase::read,
       "cut_off",
       BytesLeft::yes},
      {"drops in the body",
       saying_and_closing(start, false),
       Phase::read,
       "cut_off",
       BytesLeft::yes},
      {"drops a body without a length",
       saying_and_closing("HTTP/1.1 200 OK\r\n\r\n{}", false),
       Phase::read,
       "cut_off",
       BytesLeft::yes},
      {"drops in a chunk",
       saying_and_closing(chunked + "10\r\n{", false),
       Phase::read,
       "cut_off",
       BytesLeft::yes},
      {"garbage", saying("SSH-2.0-OpenSSH\r\n\r\n"), Phase::read, "malformed", BytesLeft::yes},
      {"a bad length",
       saying("HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n"),
       Phase::read,
       "malformed",
       BytesLeft::yes},
      {"two lengths",
       saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
       Phase::read,
       "malformed",
       BytesLeft::yes},
      {"a length beyond all",
       saying("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n{}"),
       Phase::read,
       "malformed",
       BytesLeft::yes},
      {"a negative length",
       saying("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
       Phase::read,
       "malformed",
       BytesLeft::yes},
      {"a length and chunks",
       saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
              "2\r\n{}\r\n0\r\n\r\n"),
       Phase::read,
       "malformed",
       BytesLeft::yes},
      {"a NUL in a header",
       saying("HTTP/1.1 200 OK\r\nX: a" + std::string(1, '\0') +
              "b\r\nContent-Length: 2\r\n\r\n{}"),
       Phase::read,
       "malformed",
       BytesLeft::yes},
      {"headers without an end",
       [](Peer& peer) {
         if (peer.handshake() && !peer.read_request().empty()) {
           peer.write("HTTP/1.1 200 OK\r\n");
           for (int i = 0; i < 500; ++i) {
             peer.write("X-Header-Without-End: " + std::string(1000, 'x') + "\r\n");
           }
           peer.wait_for_end();
         }
       },
       Phase::read,
       "too_large",
       BytesLeft::yes},
      {"trailers without an end",
       [chunked](Peer& peer) {
         if (peer.handshake() && !peer.read_request().empty()) {
           peer.write(chunked + "0\r\n");
           for (int i = 0; i < 500; ++i) {
             peer.write("X-Trailer-Without-End: " + std::string(1000, 'x') + "\r\n");
           }
           peer.wait_for_end();
         }
       },
       Phase::read,
       "too_large",
       BytesLeft::yes},
      {"a byte now and then",
       [](Peer& peer) {
         if (peer.handshake() && !peer.read_request().empty()) {
           for (const char byte : http_answer(200)) {
             peer.write({&byte, 1});
             peer.wait(milliseconds{20});
           }
           peer.wait_for_end();
         }
       },
       Phase::read,
       "timeout",
       BytesLeft::yes},
      {"a bad chunk", saying(chunked + "zz\r\n"), Phase::read, "malformed", BytesLeft::yes},
      {"a header too large",
       saying("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"),
       Phase::read,
       "too_large",
       BytesLeft::yes},
      {"a body announced too large",
       saying("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n"),
       Phase::read,
       "too_large",
       BytesLeft::yes},
      {"a body too large in chunks",
       saying(chunked + "100001\r\n" + std::string(kMebibyte + 1, 'x') + "\r\n0\r\n\r\n"),
       Phase::read,
       "too_large",
       BytesLeft::yes},
      {"a chunk header without an end",
       saying(chunked + "2;" + std::string(2 * kMebibyte, 'x')),
       Phase::read,
       "too_large",
       BytesLeft::yes},
      {"interim answers without an end",
       saying(interims),
       Phase::read,
       "malformed",
       BytesLeft::yes},
  };
  for (const FailureRow& row : rows) {
    SCOPED_TRACE(row.name);
    serve({row.script});
    const auto began = steady_clock::now();
    const auto report = send();
    EXPECT_LT(steady_clock::now() - began, kTimeout + kPatience);
    const auto* failure = std::get_if<TransportFailure>(&report.result);
    if (failure == nullptr) {
      ADD_FAILURE() << "got " << word_of(report.result);
      continue;
    }
    EXPECT_EQ(failure->phase, row.phase);
    EXPECT_EQ(failure->error, row.error) << failure->detail;
    EXPECT_EQ(failure->bytes_left, row.left);
    EXPECT_FALSE(failure->detail.empty());
  }
}

TEST_F(TransportTest, SaysThatNobodyListens) {
  settings.endpoint.port = std::to_string(free_port());
  connect_anew();
  const auto report = send();
  const auto* failure = std::get_if<TransportFailure>(&report.result);
  ASSERT_NE(failure, nullptr);
  EXPECT_EQ(failure->phase, Phase::connect);
  EXPECT_EQ(failure->error, "refused");
  EXPECT_EQ(failure->bytes_left, BytesLeft::no);
}

TEST_F(TransportTest, EndsAWriteThatNobodyReadsInTime) {
  serve({[](Peer& peer) {
    if (peer.handshake()) {
      peer.wait(std::chrono::seconds{5});
    }
  }});
  const auto began = steady_clock::now();
  const auto report = send(std::string(32 * kMebibyte, 'x'));
  EXPECT_LT(steady_clock::now() - began, kTimeout + kPatience);
  const auto* failure = std::get_if<TransportFailure>(&report.result);
  ASSERT_NE(failure, nullptr);
  EXPECT_EQ(failure->phase, Phase::write);
  EXPECT_EQ(failure->error, "timeout");
  EXPECT_EQ(failure->bytes_left, BytesLeft::yes);
}

TEST_F(TransportTest, StopsARequestWhereverItIs) {
  settings.connect_timeout = settings.request_timeout = std::chrono::seconds{20};
  struct Row {
    const char* name;
    ScriptedServer::Script script;
    BytesLeft left;
  };
  const std::vector<Row> rows = {
      {"in the handshake", [](Peer& peer) { peer.wait_for_end(); }, BytesLeft::no},
      {"waiting for the answer", saying(""), BytesLeft::yes},
      {"in the body", saying("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), BytesLeft::yes},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    serve({row.script});
    after(milliseconds{100}, [this] { transport->stop(); });
    const auto began = steady_clock::now();
    const auto report = send();
    EXPECT_LT(steady_clock::now() - began, milliseconds{100} + kPatience);
    const auto* stopped = std::get_if<Stopped>(&report.result);
    if (stopped == nullptr) {
      ADD_FAILURE() << "got " << word_of(report.result);
      continue;
    }
    EXPECT_EQ(stopped->bytes_left, row.left);
    const auto later = send();
    ASSERT_TRUE(std::holds_alternative<Stopped>(later.result)) << "whatever comes later";
    EXPECT_EQ(std::get<Stopped>(later.result).bytes_left, BytesLeft::no);
  }
}

TEST_F(TransportTest, DividesTheTimeAsItWasSpent) {
  serve({[](Peer& peer) {
    if (peer.handshake() && !peer.read_request().empty()) {
      peer.wait(milliseconds{100});
      peer.write(http_answer(200));
      peer.wait_for_end();
    }
  }});
  const auto report = send();
  ASSERT_EQ(word_of(report.result), "200");
  EXPECT_GE(report.timings.wait, milliseconds{90});
  EXPECT_LT(report.timings.send, milliseconds{90});
}

TEST_F(TransportTest, SpeaksPlainHttpWhereItIsTold) {
  tls = nullptr;
  serve_with({}, {answering(http_answer(200))});
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(send_for_word(), "200");
  EXPECT_EQ(server->connections(), 1U);
}

TEST_F(TransportTest, FindsTheAddressOfAName) {
  settings.endpoint.host = "localhost";
  serve({answering(http_answer(200))});
  EXPECT_EQ(send_for_word(), "200");
}

}  // namespace
}  // namespace rfi::test
