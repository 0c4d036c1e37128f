// systemd's watchdog hears of progress, not of being alive.
#include "integration/deployment.hpp"
#include "support/notify_socket.hpp"
#include "support/wait_until.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace rfi::test {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// WatchdogSec=2s: a ping is due within each second or systemd would be half way to a restart.
constexpr const char* kLimit = "2000000";
constexpr milliseconds kPingWithin{1'900};

class Watched {
 public:
  explicit Watched(const Deployment& deployment, const std::optional<std::string>& freeze = {}) {
    ChildOptions options = deployment.command({"run"});
    options.environment["NOTIFY_SOCKET"] = systemd_.path();
    options.environment["WATCHDOG_USEC"] = kLimit;
    options.environment["WATCHDOG_PID"] = std::nullopt;
    options.environment["RFI_SUBMITD_FREEZE"] = freeze;
    daemon_ = std::make_unique<ChildProcess>(options);
  }

  /// The longest time without a ping, from the first one on, while it is watched for `time`.
  [[nodiscard]] milliseconds longest_silence(milliseconds time) {
    if (!wait_until([this] { return pinged(); })) {
      return time;
    }
    const auto end = Clock::now() + time;
    auto last = Clock::now();
    auto longest = Clock::duration::zero();
    while (Clock::now() < end) {
      if (pinged()) {
        last = Clock::now();
      }
      longest = std::max(longest, Clock::now() - last);
      std::this_thread::sleep_for(milliseconds{5});
    }
    return std::chrono::duration_cast<milliseconds>(longest);
  }
  [[nodiscard]] ChildProcess& daemon() { return *daemon_; }

 private:
  bool pinged() {
    bool found = false;
    for (std::string message = systemd_.receive(); !message.empty(); message = systemd_.receive()) {
      found = found || message.find("WATCHDOG=1") != std::string::npos;
    }
    return found;
  }

  NotifySocket systemd_;
  std::unique_ptr<ChildProcess> daemon_;
};

TEST(Watchdog, IsFedWhileTheServiceIsIdle) {
  const Deployment deployment;
  Watched watched{deployment};
  EXPECT_LT(watched.longest_silence(milliseconds{3'000}), kPingWithin);
}

TEST(Watchdog, IsFedWhileTheDestinationIsUnfit) {
  DeploymentOptions options;
  options.base_url = "https://127.0.0.1:9";
  const Deployment deployment{options};
  deployment.enqueue(
      "a", customer_id(1), R"(["tos_policies_value"])", R"({"tos_policies_value":"x"})");
  Watched watched{deployment};
  EXPECT_LT(watched.longest_silence(milliseconds{3'000}), kPingWithin);
}

TEST(Watchdog, IsFedWhileAnotherProcessKeepsTheQueueLocked) {
  const Deployment deployment;
  Watched watched{deployment};
  ASSERT_LT(watched.longest_silence(milliseconds{500}), kPingWithin);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(deployment.queue().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_exec(other,
               "INSERT INTO rfi (reference, customer_id, requested, documents) VALUES ('x', "
               "'00000000-0000-4000-8000-000000000009', '[]', '{}')",
               nullptr,
               nullptr,
               nullptr);
  EXPECT_LT(watched.longest_silence(milliseconds{5'000}), kPingWithin);
  sqlite3_close(other);
}

TEST(Watchdog, GoesHungryWhenASchedulerOrAStoreIsStuck) {
  for (const char* part : {"scheduler", "queue"}) {
    const Deployment deployment;
    Watched watched{deployment, std::string(part) + " 500ms"};
    EXPECT_GT(watched.longest_silence(milliseconds{4'500}), milliseconds{2'000}) << part;
    EXPECT_TRUE(watched.daemon().running()) << part;
    EXPECT_NE(watched.daemon().standard_output().find("service.stuck"), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace rfi::test
