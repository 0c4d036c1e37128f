#include "rfi/upload/directory.hpp"

#include "rfi/upload/below.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace rfi::upload {
namespace {

using Whose = FileFault::Whose;
using platform::Descriptor;
using Place = std::variant<Descriptor, FileFault>;

constexpr int kDirectory = O_PATH | O_DIRECTORY | O_CLOEXEC;
constexpr int kFile = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

FileFault of_file(std::string reason) {
  return {Whose::file, std::move(reason)};
}

FileFault of_machine(std::string reason) {
  return {Whose::machine, std::move(reason)};
}

std::string text_of(int error) {
  return std::generic_category().message(error);
}

FileFault cannot_open(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return {Whose::missing,
              "there is no such file in upload.directory: put it there, then `retry`"};
    case ELOOP:
      return of_file("a link stands on the way to it: only plain directories and files are read");
    case EXDEV:
      return of_file("its path leads out of upload.directory, or to another file system");
    case EACCES:
    case EPERM:
      return of_file("the daemon may not read it: give its user or group the right, then `retry`");
    case ENAMETOOLONG:
    case EINVAL:
      return of_file("its path is no path of a file");
    case ENXIO:
    case ENODEV:
      return of_file("it is not a regular file");
    case ENOSYS:
      return of_machine(
          "this kernel is too old to stay below a directory (Linux 5.8): no file is read");
    default:
      return of_machine("it cannot be opened: " + text_of(error));
  }
}

/// What the kernel would let pass: `a/../b` stays below, but is not what a producer should write.
std::optional<FileFault> fault_of_path(std::string_view path) {
  if (path.empty()) {
    return of_file("its path is empty");
  }
  if (path.find('\0') != std::string_view::npos) {
    return of_file("its path holds a NUL");
  }
  if (path.front() == '/') {
    return of_file("its path is absolute: write it relative to upload.directory");
  }
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    if (path.substr(0, end) == "..") {
      return of_file("its path holds \"..\": write it without");
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return std::nullopt;
}

Place open_root(const Settings& settings) {
  if (settings.directory.empty()) {
    return of_file("upload.directory is not set");
  }
  Descriptor root{::open(settings.directory.c_str(), kDirectory)};
  if (!root.is_open()) {
    return of_machine("upload.directory cannot be opened: " + text_of(errno));
  }
  return root;
}

std::string lower(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

/// The directory that the path is relative to. Two steps, each of which must stay below: a path
/// cannot lead from one customer's directory to another's.
Place open_base(const Settings& settings, std::string_view customer_id) {
  Place root = open_root(settings);
  const auto* directory = std::get_if<Descriptor>(&root);
  if (directory == nullptr || settings.per_customer == PerCustomer::no) {
    return root;
  }
  if (customer_id.find('/') != std::string_view::npos) {
    return of_file("customer_id is no UUID");
  }
  for (const std::string& name : {std::string{customer_id}, lower(customer_id)}) {
    Descriptor below = open_below(*directory, name, kDirectory);
    if (below.is_open()) {
      return below;
    }
    if (errno != ENOENT) {
      return cannot_open(errno);
    }
  }
  return FileFault{Whose::missing,
                   "upload.directory has no directory of the customer: put the file into "
                   "<customer_id>/ in it, then `retry`"};
}

std::variant<OpenFile, FileFault> judge(Descriptor descriptor, const Settings& settings) {
  struct stat status{};
  if (::fstat(descriptor.number(), &status) != 0) {
    return of_machine("it cannot be looked at: " + text_of(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return of_file("it is not a regular file");
  }
  if (status.st_nlink != 1) {
    return of_file("it has more than one name (hard links): copy it instead of linking it");
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size == 0) {
    return of_file("it is empty");
  }
  if (size > settings.max_file_bytes) {
    return of_file("it has " + std::to_string(size) + " bytes, more than upload.max_file_bytes, " +
                   std::to_string(settings.max_file_bytes));
  }
  return OpenFile{std::move(descriptor), size};
}

/// The directory a path ends in and the last name of it.
std::pair<std::string, std::string> split(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) {
    return {".", path};
  }
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

std::variant<OpenFile, FileFault> open_file(const Settings& settings, const FileName& name) {
  if (auto fault = fault_of_path(name.path)) {
    return *std::move(fault);
  }
  Place base = open_base(settings, name.customer_id);
  if (auto* fault = std::get_if<FileFault>(&base)) {
    return std::move(*fault);
  }
  Descriptor file = open_below(std::get<Descriptor>(base), name.path, kFile);
  if (!file.is_open()) {
    return cannot_open(errno);
  }
  return judge(std::move(file), settings);
}

std::optional<FileFault> remove_file(const Settings& settings,
                                     const FileName& name,
                                     std::uint64_t size) {
  auto opened = open_file(settings, name);
  if (auto* fault = std::get_if<FileFault>(&opened)) {
    return std::move(*fault);
  }
  const OpenFile& file = std::get<OpenFile>(opened);
  Place base = open_base(settings, name.customer_id);
  if (auto* fault = std::get_if<FileFault>(&base)) {
    return std::move(*fault);
  }
  const auto [parent_path, last_name] = split(name.path);
  const Descriptor parent = open_below(std::get<Descriptor>(base), parent_path, kDirectory);
  if (!parent.is_open()) {
    return cannot_open(errno);
  }
  struct stat sent{};
  struct stat found{};
  if (::fstat(file.descriptor.number(), &sent) != 0 ||
      ::fstatat(parent.number(), last_name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0 ||
      found.st_ino != sent.st_ino || found.st_dev != sent.st_dev || file.size != size) {
    return of_file("another file has taken its place");
  }
  if (::unlinkat(parent.number(), last_name.c_str(), 0) != 0) {
    return of_machine("it cannot be deleted: " + text_of(errno));
  }
  return std::nullopt;
}

std::optional<std::string> directory_fault(const Settings& settings) {
  const Place root = open_root(settings);
  if (const auto* fault = std::get_if<FileFault>(&root)) {
    return fault->reason;
  }
  const Descriptor inside =
      open_below(std::get<Descriptor>(root), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!inside.is_open() && errno == ENOSYS) {
    return cannot_open(ENOSYS).reason;
  }
  if (!inside.is_open()) {
    return "upload.directory cannot be read: " + text_of(errno);
  }
  return std::nullopt;
}

}  // namespace rfi::upload
