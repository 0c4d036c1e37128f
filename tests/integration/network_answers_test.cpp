// Everything that can go wrong between the request and the end of its answer, met by one daemon:
// no row is lost or condemned by it, what was tried is on record as what it was, and all is
// delivered.
#include "integration/network_fixture.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <vector>

namespace rfi::test {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMebibyte = std::size_t{1024} * 1024;

struct Fault {
  std::string name;
  ScriptedApi::Act act;
  std::string recorded;  ///< of the first attempt
};

ScriptedApi::Act saying(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) { peer.write(bytes); };
}

ScriptedApi::Act saying_without_end(std::string first, std::string again) {
  return [first = std::move(first), again = std::move(again)](Peer& peer) {
    peer.write(first);
    // Far more than the daemon may keep; the writes fail once it has closed.
    for (std::size_t sent = 0; sent < 8 * kMebibyte; sent += again.size()) {
      peer.write(again);
    }
    peer.wait_for_end();
  };
}

std::vector<Fault> faults() {
  const std::string answer = http_answer(200, R"({"data":{}})");
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::vector<Fault> table{
      {"close",
       [](Peer& peer) {
         peer.close_notify();
         peer.close();
       },
       "unknown closed"},
      {"close without close_notify", [](Peer& peer) { peer.close(); }, "unknown cut_off"},
      {"reset", [](Peer& peer) { peer.reset(); }, "unknown reset"},
      {"half-close",
       [](Peer& peer) {
         peer.end_sending();
         peer.wait_for_end();
       },
       "unknown cut_off"},
      {"a byte a second",
       [answer](Peer& peer) {
         for (const char byte : answer) {
           peer.write({&byte, 1});
           peer.wait(milliseconds{1000});
         }
       },
       "unknown timeout"},
      {"no answer", [](Peer& peer) { peer.wait_for_end(); }, "unknown timeout"},
      {"a head without an end",
       saying_without_end("HTTP/1.1 200 OK\r\n",
                          "X-Without-End: " + std::string(1000, 'x') + "\r\n"),
       "unknown too_large"},
      {"a body without an end",
       saying_without_end(chunked, "400\r\n" + std::string(1024, 'x') + "\r\n"),
       "unknown too_large"},
      {"interim answers without an end",
       saying_without_end("", "HTTP/1.1 100 Continue\r\n\r\n"),
       "unknown malformed"},
      {"gzip that nobody asked for",
       saying(http_answer(200, "\x1f\x8b\x08", "Content-Encoding: gzip\r\n")),
       "unknown not_the_api"},
      {"JSON that is said to be gzip",
       saying(http_answer(200, "{}", "Content-Encoding: gzip\r\n")),
       "unknown not_the_api"},
      {"100 and 103 before the answer",
       saying("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" +
              answer),
       "accepted"},
      {"a second answer glued to the first", saying(answer + http_answer(422)), "accepted"},
      {"a second answer in the same segment",
       [answer](Peer& peer) { peer.write_together({answer, http_answer(422)}); },
       "accepted"},
      {"status 999", saying(http_answer(999)), "unknown bad_status"},
      {"status 099", saying("HTTP/1.1 099 x\r\nContent-Length: 0\r\n\r\n"), "unknown bad_status"},
      {"chunked with trailers",
       saying(chunked + "1\r\n{\r\n1;x=y\r\n}\r\n0\r\nX-Sum: 1\r\n\r\n"),
       "accepted"},
      {"two lengths",
       saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
       "unknown malformed"},
      {"no HTTP", saying("SSH-2.0-OpenSSH\r\n"), "unknown malformed"},
      {"a page", saying(http_answer(200, "<html></html>")), "unknown not_the_api"},
  };
  // The answer's TLS record broken off at some of its bytes; at every one in reset_positions_test.
  const std::size_t sealed = answer.size() + 22;  // record header, content type and tag
  for (const std::size_t at : {std::size_t{1}, std::size_t{5}, sealed / 2, sealed - 1}) {
    table.push_back({"reset in the answer's record at " + std::to_string(at),
                     [answer, at](Peer& peer) {
                       peer.write_raw(peer.seal(answer).substr(0, at));
                       peer.reset();
                     },
                     "unknown reset"});
    table.push_back({"end in the answer's record at " + std::to_string(at),
                     [answer, at](Peer& peer) {
                       peer.write_raw(peer.seal(answer).substr(0, at));
                       peer.close();
                     },
                     "unknown cut_off"});
  }
  return table;
}

std::string reference_of(std::size_t fault) {
  return "fault-" + std::to_string(fault);
}

/// The most memory that any child of this process had, in bytes.
std::size_t largest_child() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

TEST(NetworkAnswers, EveryFaultIsOnRecordAndEveryRowIsDelivered) {
  // Good rows between the bad ones, as in life: what fails alone is the row's next try, what fails
  // in a row is the destination's matter and tested elsewhere.
  constexpr unsigned kGoodBetween = 12;
  ScriptedApi api;
  DeploymentOptions options = network_options(api.base_url());
  options.submission = "max_in_flight = 2\nmax_open = 2\n";
  const Deployment deployment{options};
  const std::vector<Fault> table = faults();
  std::string lines;
  unsigned customer = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    for (unsigned good = 0; good < kGoodBetween; ++good) {
      lines += network_line("good-" + std::to_string(customer), customer);
      ++customer;
    }
    api.at_first_patch(customer_id(customer), table[i].act);
    lines += network_line(reference_of(i), customer++);
  }
  ASSERT_EQ(deployment.run({"enqueue", "-"}, lines).status.code, 0);
  const FinishedChild daemon = deployment.run({"run", "--drain"});
  EXPECT_EQ(daemon.status.code, 0) << daemon.standard_error;

  for (std::size_t i = 0; i < table.size(); ++i) {
    SCOPED_TRACE(table[i].name);
    EXPECT_EQ(first_attempt(deployment, reference_of(i)), table[i].recorded);
    EXPECT_EQ(last_attempt(deployment, reference_of(i)), "accepted");
    EXPECT_EQ(deployment.state(reference_of(i)), "submitted");
  }
  const auto failed = deployment.run({"list", "--state", "failed", "--json"});
  EXPECT_EQ(failed.standard_output.find("reference"), std::string::npos) << failed.standard_output;
  EXPECT_EQ(leak_in(daemon.standard_output), "");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(largest_child(), 128 * kMebibyte);
#else
  (void)largest_child();
#endif
}

// The server ends a kept connection just as the next request arrives: whether it was processed is
// not known, so it is looked for and sent again over another connection.
TEST(NetworkAnswers, AKeepAliveRaceLosesNothing) {
  constexpr unsigned kRows = 40;
  ScriptedApi api;
  api.close_at_patch_of_a_connection(4);
  DeploymentOptions options = network_options(api.base_url());
  options.submission = "max_in_flight = 2\n";
  const Deployment deployment{options};
  std::string lines;
  for (unsigned i = 0; i < kRows; ++i) {
    lines += network_line("row-" + std::to_string(i), i);
  }
  ASSERT_EQ(deployment.run({"enqueue", "-"}, lines).status.code, 0);
  const FinishedChild daemon = deployment.run({"run", "--drain"});
  EXPECT_EQ(daemon.status.code, 0);
  std::size_t unknown = 0;
  for (unsigned i = 0; i < kRows; ++i) {
    const std::string reference = "row-" + std::to_string(i);
    EXPECT_EQ(deployment.state(reference), "submitted");
    const auto outcomes = deployment.outcomes(reference);
    EXPECT_EQ(outcomes.back(), "accepted");
    unknown += static_cast<std::size_t>(std::ranges::count(outcomes, "unknown"));
    EXPECT_EQ(std::ranges::count(outcomes, "not_sent"), 0);
    EXPECT_EQ(api.patches(customer_id(i)), 1U) << "counted where it was answered";
  }
  EXPECT_GE(unknown, kRows / 4);
  EXPECT_EQ(leak_in(daemon.standard_output), "");
}

}  // namespace
}  // namespace rfi::test
