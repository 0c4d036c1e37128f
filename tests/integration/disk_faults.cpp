// Preloaded into a daemon under test: makes its file system calls fail, on the files of one queue,
// while a control file says so. Not part of any product.
//
// RFI_FAULT_PREFIX: what the paths of the files begin with. RFI_FAULT_CONTROL: a file with lines of
// "CALL ERRNO", CALL being read, write, sync or truncate; no file, no fault.
#include <dlfcn.h>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

/// The error number that the control file has for `call`, or 0.
int wanted(std::string_view call) {
  static const char* const control = std::getenv("RFI_FAULT_CONTROL");
  if (control == nullptr) {
    return 0;
  }
  const auto file =
      static_cast<int>(::syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC));
  if (file < 0) {
    return 0;
  }
  std::array<char, 256> text{};
  const auto size = ::syscall(SYS_read, file, text.data(), text.size() - 1);
  ::syscall(SYS_close, file);
  const std::string_view lines(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const auto at = lines.find(call);
  return at == std::string_view::npos ? 0 : std::atoi(text.data() + at + call.size());
}

bool concerns(int descriptor) {
  static const char* const prefix = std::getenv("RFI_FAULT_PREFIX");
  std::array<char, 4096> path{};
  const auto link = "/proc/self/fd/" + std::to_string(descriptor);
  const auto size = ::readlink(link.c_str(), path.data(), path.size() - 1);
  return prefix != nullptr && size > 0 &&
         std::string_view(path.data(), static_cast<std::size_t>(size)).starts_with(prefix);
}

/// True when the call must fail, with errno set.
bool fails(const char* call, int descriptor) {
  const int before = errno;
  const int error = wanted(call);
  const bool meant = error != 0 && concerns(descriptor);
  errno = meant ? error : before;
  return meant;
}

template <class Function>
Function real(const char* name, Function /*type*/) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// NOLINTBEGIN: the names and parameters are the C library's
extern "C" {

ssize_t pread64(int fd, void* buffer, size_t size, off64_t offset) {
  static const auto next = real("pread64", &pread64);
  return fails("read", fd) ? -1 : next(fd, buffer, size, offset);
}

ssize_t pread(int fd, void* buffer, size_t size, off_t offset) {
  static const auto next = real("pread", &pread);
  return fails("read", fd) ? -1 : next(fd, buffer, size, offset);
}

ssize_t pwrite64(int fd, const void* buffer, size_t size, off64_t offset) {
  static const auto next = real("pwrite64", &pwrite64);
  return fails("write", fd) ? -1 : next(fd, buffer, size, offset);
}

ssize_t pwrite(int fd, const void* buffer, size_t size, off_t offset) {
  static const auto next = real("pwrite", &pwrite);
  return fails("write", fd) ? -1 : next(fd, buffer, size, offset);
}

int fdatasync(int fd) {
  static const auto next = real("fdatasync", &fdatasync);
  return fails("sync", fd) ? -1 : next(fd);
}

int fsync(int fd) {
  static const auto next = real("fsync", &fsync);
  return fails("sync", fd) ? -1 : next(fd);
}

int ftruncate64(int fd, off64_t size) noexcept {
  static const auto next = real("ftruncate64", &ftruncate64);
  return fails("truncate", fd) ? -1 : next(fd, size);
}

}  // extern "C"
// NOLINTEND
