#include "support/isolated_network.hpp"

#include "support/temporary_directory.hpp"

#include <net/if.h>
#include <sched.h>

#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace rfi::test {
namespace {

std::string reason(const std::string& what) {
  return what + ": " + std::generic_category().message(errno);
}

/// The files that stand in for those of /etc; as long as the process, like the namespaces.
const TemporaryDirectory& files() {
  static const TemporaryDirectory directory;
  return directory;
}

/// A file is written in place: the mount is of the file, not of its name.
void write_in_place(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file{path, std::ios::trunc};
  file << text;
  file.close();
  if (!file) {
    throw std::runtime_error("isolated network: cannot write " + path.string());
  }
}

bool map_to_root(uid_t user, gid_t group) {
  std::ofstream{"/proc/self/setgroups"} << "deny";
  std::ofstream users{"/proc/self/uid_map"};
  users << "0 " << user << " 1";
  users.close();
  std::ofstream groups{"/proc/self/gid_map"};
  groups << "0 " << group << " 1";
  groups.close();
  return users.good() && groups.good();
}

bool loopback_up() {
  const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strncpy(static_cast<char*>(request.ifr_name), "lo", IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;  // NOLINT(cppcoreguidelines-pro-type-union-access)
  const bool up = ::ioctl(descriptor, SIOCSIFFLAGS, &request) == 0;  // NOLINT: the interface of it
  ::close(descriptor);
  return up;
}

std::string put_in_place(const std::string& name, const std::string& text) {
  const std::filesystem::path target = std::filesystem::path{"/etc"} / name;
  write_in_place(files() / name, text);
  if (::mount((files() / name).c_str(), target.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    return reason("cannot put a file in place of " + target.string());
  }
  return {};
}

std::string enter() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  const int namespaces = CLONE_NEWNS | CLONE_NEWNET | (user == 0 ? 0 : CLONE_NEWUSER);
  if (::unshare(namespaces) != 0) {
    return reason("no namespaces of its own may be made here");
  }
  if (user != 0 && !map_to_root(user, group)) {
    return "the user namespace takes no map";
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return reason("cannot make mounts private");
  }
  if (!loopback_up()) {
    return reason("cannot raise the loopback interface");
  }
  std::string failed = put_in_place("nsswitch.conf", "hosts: files dns\n");
  if (failed.empty()) {
    failed = put_in_place("hosts", "127.0.0.1 localhost\n");
  }
  if (failed.empty()) {
    failed = put_in_place("resolv.conf", "");
  }
  return failed;
}

}  // namespace

std::string isolate_network() {
  static const std::string result = enter();
  return result;
}

void resolve_by(const std::string& resolv_conf) {
  write_in_place(files() / "resolv.conf", resolv_conf);
}

}  // namespace rfi::test
