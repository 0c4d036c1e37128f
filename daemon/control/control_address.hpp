// Where a running daemon can be asked.
#pragma once

#include "rfi/platform/descriptor.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>

namespace rfi::daemon {

/// `<real path of the queue>.sock`, as the instance lock beside it.
[[nodiscard]] std::filesystem::path control_path(const std::filesystem::path& queue);

/// The address of a socket's file however long its path is: an address holds 107 bytes, so a longer
/// one goes by way of a descriptor of its directory, which must stay open while the address is
/// used.
class ControlAddress {
 public:
  /// Throws std::system_error if the directory of a long path cannot be opened.
  explicit ControlAddress(const std::filesystem::path& path);

  [[nodiscard]] const sockaddr* data() const;
  [[nodiscard]] socklen_t size() const { return sizeof(address_); }

 private:
  platform::Descriptor directory_;
  sockaddr_un address_{};
};

}  // namespace rfi::daemon
