#include "control/control_address.hpp"

#include <fcntl.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace rfi::daemon {

std::filesystem::path control_path(const std::filesystem::path& queue) {
  return std::filesystem::weakly_canonical(std::filesystem::absolute(queue)).string() + ".sock";
}

ControlAddress::ControlAddress(const std::filesystem::path& path) {
  address_.sun_family = AF_UNIX;
  std::string name = path.string();
  if (name.size() >= sizeof(address_.sun_path)) {
    directory_ =
        platform::Descriptor{::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!directory_.is_open()) {
      throw std::system_error(
          errno, std::generic_category(), "cannot open " + path.parent_path().string());
    }
    name = "/proc/self/fd/" + std::to_string(directory_.number()) + "/" + path.filename().string();
  }
  if (name.size() >= sizeof(address_.sun_path)) {
    throw std::system_error(
        ENAMETOOLONG, std::generic_category(), "cannot name the socket " + path.string());
  }
  name.copy(address_.sun_path, sizeof(address_.sun_path) - 1);
}

const sockaddr* ControlAddress::data() const {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the socket functions take
  return reinterpret_cast<const sockaddr*>(&address_);
}

}  // namespace rfi::daemon
