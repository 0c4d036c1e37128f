// Where a service's messages to systemd arrive.
#pragma once

#include "support/temporary_directory.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>

namespace rfi::test {

/// The receiving end that systemd would have.
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
  TemporaryDirectory directory_;
  int descriptor_;
};

}  // namespace rfi::test
