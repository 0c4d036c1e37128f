#include "rfi/platform/notify.hpp"

#include "support/notify_socket.hpp"
#include "unit/platform/environment.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

namespace rfi::platform {
namespace {

using test::EnvironmentVariable;
using test::NotifySocket;

TEST(Notify, SpeaksTheWordsOfSystemd) {
  const NotifySocket socket;
  const EnvironmentVariable variable("NOTIFY_SOCKET", socket.path());
  notify_ready();
  EXPECT_EQ(socket.receive(), "READY=1");
  notify_stopping();
  EXPECT_EQ(socket.receive(), "STOPPING=1");
  notify_watchdog();
  EXPECT_EQ(socket.receive(), "WATCHDOG=1");
  notify_status("12 pending");
  EXPECT_EQ(socket.receive(), "STATUS=12 pending");
  notify_reloading();
  EXPECT_TRUE(socket.receive().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_EQ(socket.receive(), "");
}

TEST(Notify, LetsNoStatusForgeAnotherWord) {
  const NotifySocket socket;
  const EnvironmentVariable variable("NOTIFY_SOCKET", socket.path());
  notify_status("working\nREADY=1\r");
  EXPECT_EQ(socket.receive(), "STATUS=working READY=1 ");
}

TEST(Notify, IsSilentWithoutSystemd) {
  const EnvironmentVariable variable("NOTIFY_SOCKET", std::nullopt);
  notify_ready();
  notify_status("nobody reads this");
  EXPECT_EQ(watchdog_interval(), std::nullopt);
}

TEST(WatchdogInterval, IsHalfOfTheLimitAndForThisProcessOnly) {
  using namespace std::chrono_literals;
  const EnvironmentVariable limit("WATCHDOG_USEC", "60000000");
  {
    const EnvironmentVariable process("WATCHDOG_PID", std::to_string(::getpid()));
    EXPECT_EQ(watchdog_interval(), 30s);
  }
  const EnvironmentVariable process("WATCHDOG_PID", std::to_string(::getpid() + 1));
  EXPECT_EQ(watchdog_interval(), std::nullopt);
}

}  // namespace
}  // namespace rfi::platform
