#include "rfi/queue/instance_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace rfi::queue {

std::filesystem::path lock_path(const std::filesystem::path& queue) {
  return std::filesystem::weakly_canonical(std::filesystem::absolute(queue)).string() + ".lock";
}

namespace {

/// Whether the open file is the one at `path`: it may have been deleted since, and then its lock
/// keeps nobody out.
bool lies_at(int descriptor, const std::filesystem::path& path) {
  struct stat opened{};
  struct stat found{};
  return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &found) == 0 &&
         opened.st_dev == found.st_dev && opened.st_ino == found.st_ino;
}

}  // namespace

std::optional<InstanceLock> InstanceLock::acquire(const std::filesystem::path& queue) {
  const auto path = lock_path(queue);
  const int descriptor = ::open(path.c_str(), O_CREAT | O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0660);
  if (descriptor < 0) {
    throw std::system_error(
        errno,
        std::generic_category(),
        "cannot open the lock file " + path.string() +
            "; check that the directory of the queue exists and may be written");
  }
  InstanceLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
    return lies_at(descriptor, path) ? std::optional(std::move(lock)) : acquire(queue);
  }
  if (errno == EWOULDBLOCK) {
    return std::nullopt;
  }
  throw std::system_error(errno, std::generic_category(), "cannot lock " + path.string());
}

InstanceLock::InstanceLock(InstanceLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

InstanceLock& InstanceLock::operator=(InstanceLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

InstanceLock::~InstanceLock() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

}  // namespace rfi::queue
