// The machine's clock is set while the daemon runs: a day forward or back, for good or for a
// moment. The daemon runs under libfaketime, which shows it another wall clock and leaves the
// monotonic one alone.
#include "integration/deployment.hpp"
#include "support/wait_until.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

namespace rfi::test {
namespace {

using std::chrono::seconds;

constexpr const char* kRequested = R"(["proof_of_address.files"])";
constexpr const char* kDocuments =
    R"({"proof_of_address":{"type":"UTILITY_BILL","files":[{"uri":"/a.pdf"}]}})";
constexpr int kDay = 86'400;
/// A clock that was set is believed after ten seconds.
constexpr seconds kBelief{10};

std::int64_t unix_ms(std::chrono::system_clock::duration from_now) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             (std::chrono::system_clock::now() + from_now).time_since_epoch())
      .count();
}

class ClockJump : public testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer wants to be the first library, and so does libfaketime";
#endif
    if (!std::filesystem::exists(RFI_FAKETIME)) {
      GTEST_SKIP() << "libfaketime is not installed (apt-get install faketime)";
    }
  }

  /// Sets the daemon's clock so many seconds ahead of the machine's.
  void set_clock(int ahead) const {
    const auto place = deployment_.directory() / "clock";
    const auto next = deployment_.directory() / "clock.next";
    std::ofstream{next} << (ahead < 0 ? "" : "+") << ahead << '\n';
    std::filesystem::rename(next, place);  // never seen half written
  }

  std::unique_ptr<ChildProcess> start() {
    set_clock(0);
    ChildOptions options = deployment_.command({"run"});
    options.environment = {
        {"LD_PRELOAD", RFI_FAKETIME},
        {"FAKETIME_TIMESTAMP_FILE", (deployment_.directory() / "clock").string()},
        {"FAKETIME_NO_CACHE", "1"},
        {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
        {"DONT_FAKE_MONOTONIC", "1"},
        {"NO_FAKE_STAT", "1"}};
    auto child = std::make_unique<ChildProcess>(options);
    EXPECT_TRUE(child->wait_for_output("service.ready", seconds{20})) << child->standard_error();
    return child;
  }

  void enqueue(const std::string& reference,
               unsigned customer,
               const std::string& more = "") const {
    const FinishedChild queued = deployment_.run(
        {"enqueue", "-"},
        R"({"reference":")" + reference + R"(","customer_id":")" + customer_id(customer) +
            R"(","requested":)" + kRequested + R"(,"documents":)" + kDocuments + more + "}\n");
    ASSERT_EQ(queued.status.code, 0) << queued.standard_error;
  }

  /// The first request of `customer` is answered with 503: it waits for its backoff.
  void refuse_once(unsigned customer) {
    deployment_.sandbox().add_faults(R"({"match":{"method":"PATCH","customer":")" +
                                     customer_id(customer) +
                                     R"("},"times":1,"action":{"kind":"status","status":503}})");
  }

  [[nodiscard]] bool comes_to(const std::string& reference,
                              const std::string& state,
                              seconds limit) const {
    return wait_until([&] { return deployment_.state(reference) == state; }, limit);
  }

  static DeploymentOptions options() {
    DeploymentOptions made;
    made.submission = "max_in_flight = 4\n";
    made.retry = "initial_delay = \"3s\"\nmax_delay = \"3s\"\n";
    return made;
  }

  Deployment deployment_{options()};
};

TEST_F(ClockJump, AMomentInTheWrongYearChangesNothing) {
  const auto daemon = start();
  refuse_once(1);
  enqueue("waits", 1);
  enqueue("not_yet", 2, R"(,"not_before":)" + std::to_string(unix_ms(std::chrono::hours{1})));
  enqueue("in_time",
          3,
          R"(,"not_before":)" + std::to_string(unix_ms(std::chrono::hours{1})) + R"(,"deadline":)" +
              std::to_string(unix_ms(std::chrono::hours{2})));
  ASSERT_TRUE(wait_until([&] { return deployment_.outcomes("waits").size() == 1; }));
  for (const int ahead : {kDay, -kDay}) {
    set_clock(ahead);
    daemon->send_signal(SIGHUP);  // it looks at its clock
    std::this_thread::sleep_for(seconds{2});
    set_clock(0);
    std::this_thread::sleep_for(seconds{1});
  }
  EXPECT_TRUE(comes_to("waits", "submitted", seconds{20}));
  EXPECT_EQ(deployment_.state("not_yet"), "pending");
  EXPECT_EQ(deployment_.state("in_time"), "pending")
      << "it expired by a clock that was wrong for two seconds";
  EXPECT_NE(daemon->standard_output().find("\"level\":\"warning\""), std::string::npos)
      << "somebody should know";
  EXPECT_EQ(deployment_.sandbox().requests("method=PATCH&customer=" + customer_id(2)).size(), 0U);
}

TEST_F(ClockJump, ADayForwardForGoodNeitherFloodsNorExpires) {
  const auto daemon = start();
  refuse_once(1);
  enqueue("waits", 1);
  enqueue("tomorrow", 2, R"(,"not_before":)" + std::to_string(unix_ms(std::chrono::hours{12})));
  enqueue("next_week",
          3,
          R"(,"not_before":)" + std::to_string(unix_ms(std::chrono::hours{24 * 7})) +
              R"(,"deadline":)" + std::to_string(unix_ms(std::chrono::hours{24 * 8})));
  ASSERT_TRUE(wait_until([&] { return deployment_.outcomes("waits").size() == 1; }));
  set_clock(kDay);
  enqueue("fresh", 4);
  EXPECT_TRUE(comes_to("waits", "submitted", kBelief + seconds{15}));
  EXPECT_EQ(deployment_.outcomes("waits"), (std::vector<std::string>{"unavailable", "accepted"}));
  EXPECT_TRUE(comes_to("fresh", "submitted", seconds{15}));
  EXPECT_TRUE(comes_to("tomorrow", "submitted", seconds{15}))
      << "by the new clock its time has come";
  EXPECT_EQ(deployment_.state("next_week"), "pending");
  daemon->send_signal(SIGTERM);
  const auto ended = daemon->wait(seconds{15});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0);
}

TEST_F(ClockJump, ADayBackForGoodDelaysNothingByADay) {
  const auto daemon = start();
  refuse_once(1);
  enqueue("waits", 1);
  ASSERT_TRUE(wait_until([&] { return deployment_.outcomes("waits").size() == 1; }));
  set_clock(-kDay);
  enqueue("fresh", 2);
  EXPECT_TRUE(comes_to("waits", "submitted", kBelief + seconds{15}));
  EXPECT_TRUE(comes_to("fresh", "submitted", seconds{15}));
  daemon->send_signal(SIGTERM);
  const auto ended = daemon->wait(seconds{15});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0);
}

}  // namespace
}  // namespace rfi::test
