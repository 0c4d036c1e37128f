#include "rfi/queue/lock_holders.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string_view>

namespace rfi::queue {
namespace {

/// A file as /proc/locks writes it: device and inode.
std::string key_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    return {};
  }
  return fmt::format("{:02x}:{:02x}:{}", major(found.st_dev), minor(found.st_dev), found.st_ino);
}

std::string name_of(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/comm", process));
  std::string name;
  std::getline(file, name);
  // A process chooses its own name: what it says must not forge a line of a log.
  std::erase_if(name, [](unsigned char c) { return c < 0x20 || c >= 0x7f; });
  return name.empty() ? fmt::format("pid {}", process) : fmt::format("{} (pid {})", name, process);
}

}  // namespace

std::string lock_holders(const std::filesystem::path& queue) {
  const std::set<std::string> files{key_of(queue.string()), key_of(queue.string() + "-shm")};
  std::set<pid_t> holders;
  std::ifstream locks("/proc/locks");
  std::string line;
  while (std::getline(locks, line)) {
    // 3: POSIX  ADVISORY  READ 4711 fe:00:131 1073741826 1073742335; one that waits has "->" first.
    std::istringstream words(line);
    std::string number;
    std::string kind;
    std::string advisory;
    std::string access;
    std::string file;
    pid_t process = 0;
    words >> number >> kind >> advisory >> access >> process >> file;
    if (words && kind == "POSIX" && process != ::getpid() && !file.empty() &&
        files.contains(file)) {
      holders.insert(process);
    }
  }
  std::string names;
  for (const pid_t process : holders) {
    names += (names.empty() ? "" : ", ") + name_of(process);
  }
  return names;
}

}  // namespace rfi::queue
