#include "rfi/queue/queue_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>
#include <vector>

namespace rfi::queue {
namespace {

std::optional<std::string> second_name_of(const struct stat& file,
                                          const std::filesystem::path& path) {
  if (file.st_nlink < 2) {
    return std::nullopt;
  }
  return fmt::format(
      "the queue {} has another name as well (a hard link): a program that opens it by that name "
      "does not see its journal and can corrupt it; remove the other name (`find -inum {}`)",
      path.string(),
      file.st_ino);
}

/// 0, or why a byte of the file cannot be read. A file that is not there has none.
int read_through(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return errno == ENOENT ? 0 : errno;
  }
  std::vector<char> piece(std::size_t{1} << 20);
  off_t offset = 0;
  ssize_t bytes = 0;
  do {
    bytes = ::pread(descriptor, piece.data(), piece.size(), offset);
    offset += bytes;
  } while (bytes > 0);
  const int failure = bytes < 0 ? errno : 0;
  ::close(descriptor);
  return failure;
}

}  // namespace

QueueFile::QueueFile(std::filesystem::path path)
    : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_PATH | O_CLOEXEC)) {}

QueueFile::~QueueFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

std::optional<std::string> QueueFile::fault() const {
  struct stat opened{};
  struct stat found{};
  if (descriptor_ < 0 || ::fstat(descriptor_, &opened) != 0) {
    return std::nullopt;
  }
  if (::stat(path_.c_str(), &found) != 0) {
    const int reason = errno;
    if (reason != ENOENT && reason != ENOTDIR) {
      return fmt::format("the queue {} cannot be looked at: {}",
                         path_.string(),
                         std::generic_category().message(reason));
    }
    return fmt::format(
        "the queue {} was {} while it is in use: nothing is claimed and nothing written until that "
        "file is back; if it is lost, restore a backup and restart the service",
        path_.string(),
        opened.st_nlink == 0 ? "deleted" : "renamed");
  }
  if (found.st_dev != opened.st_dev || found.st_ino != opened.st_ino) {
    return fmt::format(
        "another file lies at {} than the queue that was opened: nothing is claimed and nothing "
        "written until the first one is back; to go on with the new one, restart the service",
        path_.string());
  }
  return std::nullopt;
}

std::optional<std::string> QueueFile::read_failure() const {
  for (const std::string& file : {path_.string(), path_.string() + "-journal"}) {
    if (const int failure = read_through(file); failure != 0) {
      return fmt::format("cannot read {}: {}; check the disk and the kernel's log",
                         file,
                         std::generic_category().message(failure));
    }
  }
  return std::nullopt;
}

std::optional<std::string> QueueFile::second_name() const {
  struct stat opened{};
  if (descriptor_ < 0 || ::fstat(descriptor_, &opened) != 0) {
    return std::nullopt;
  }
  return second_name_of(opened, path_);
}

std::optional<std::string> second_name(const std::filesystem::path& queue) {
  return QueueFile(queue).second_name();
}

}  // namespace rfi::queue
