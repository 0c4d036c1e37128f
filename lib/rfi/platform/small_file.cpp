#include "rfi/platform/small_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace rfi::platform {
namespace {

class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& path)
      : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

FileError cannot_read(int error) {
  std::string reason = "cannot be read: " + std::generic_category().message(error);
  if (error == EACCES) {
    reason += "; give the daemon's user or group the right to read it";
  }
  return {std::move(reason)};
}

}  // namespace

std::variant<SmallFile, FileError> read_small_file(const std::filesystem::path& path,
                                                   std::size_t max_bytes) {
  const Descriptor file(path);
  struct stat status{};
  if (file.number() < 0 || ::fstat(file.number(), &status) != 0) {
    return cannot_read(errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return FileError{"is not a regular file"};
  }
  // One byte more than allowed, reserved at once: a secret is not left behind by a growing buffer,
  // and a file that grows while it is read is noticed.
  SmallFile result{.content = std::string(max_bytes + 1, '\0'), .mode = status.st_mode & 07777U};
  std::size_t size = 0;
  while (size < result.content.size()) {
    const ssize_t count =
        ::read(file.number(), result.content.data() + size, result.content.size() - size);
    if (count == 0) {
      break;
    }
    if (count > 0) {
      size += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      return cannot_read(errno);
    }
  }
  if (size > max_bytes) {
    return FileError{"is larger than " + std::to_string(max_bytes) + " bytes"};
  }
  result.content.resize(size);
  return result;
}

}  // namespace rfi::platform
