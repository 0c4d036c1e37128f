#include "rfi/platform/notify.hpp"

#include "support/temporary_directory.hpp"
#include "unit/platform/environment.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>

namespace rfi::platform {
namespace {

using test::EnvironmentVariable;

// The receiving end that systemd would have.
class NotifySocket {
 public:
  NotifySocket() : descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(static_cast<char*>(address.sun_path), sizeof(address.sun_path) - 1);
    const void* const generic = &address;
    if (::bind(descriptor_, static_cast<const sockaddr*>(generic), sizeof(address)) != 0) {
      throw std::runtime_error("cannot bind the notification socket");
    }
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  NotifySocket(NotifySocket&&) = delete;
  NotifySocket& operator=(NotifySocket&&) = delete;
  ~NotifySocket() { ::close(descriptor_); }

  [[nodiscard]] std::string path() const { return (directory_ / "notify").string(); }

  /// The next message, or nothing when none has come.
  [[nodiscard]] std::string receive() const {
    std::array<char, 4096> message{};
    const ssize_t size = ::recv(descriptor_, message.data(), message.size(), 0);
    return size < 0 ? "" : std::string(message.data(), static_cast<std::size_t>(size));
  }

 private:
  test::TemporaryDirectory directory_;
  int descriptor_;
};

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
