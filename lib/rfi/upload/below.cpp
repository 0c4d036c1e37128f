#include "rfi/upload/below.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rfi::upload {
namespace {

using platform::Descriptor;

constexpr std::uint64_t kStayBelow =
    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
/// A rename elsewhere in the tree makes the kernel give up a look-up that must stay below.
constexpr int kTries = 16;

Descriptor failed(int error) {
  errno = error;
  return Descriptor{-1};
}

/// The names of a path in their order, without the empty ones and ".".
std::vector<std::string> names_of(std::string_view path) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const auto name = path.substr(0, end);
    if (!name.empty() && name != ".") {
      names.emplace_back(name);
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return names;
}

struct Seen {
  std::uint16_t type = 0;
  std::uint64_t mount = 0;
};

/// What is open there, and in which mount; nothing, and errno, if that cannot be known.
std::optional<Seen> look_at(const Descriptor& opened) {
  struct statx status{};
  constexpr unsigned kWanted = STATX_TYPE | STATX_MNT_ID;
  if (::statx(opened.number(), "", AT_EMPTY_PATH, kWanted, &status) != 0) {
    return std::nullopt;
  }
  if ((status.stx_mask & kWanted) != kWanted) {
    errno = ENOSYS;
    return std::nullopt;
  }
  return Seen{static_cast<std::uint16_t>(status.stx_mode & S_IFMT), status.stx_mnt_id};
}

/// What has one name in a directory, opened without doing anything to it (to open a device, for
/// one, can have an effect). Only what lies in the same mount and is no link.
Descriptor look_up(const Descriptor& directory, const std::string& name, Seen& seen) {
  Descriptor found{::openat(directory.number(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  const auto here = found.is_open() ? look_at(directory) : std::nullopt;
  const auto there = here ? look_at(found) : std::nullopt;
  if (!there) {
    return failed(errno);
  }
  if (there->type == S_IFLNK) {
    return failed(ELOOP);
  }
  seen = *there;
  return there->mount == here->mount ? std::move(found) : failed(EXDEV);
}

Descriptor enter(const Descriptor& directory, const std::string& name) {
  Seen seen;
  Descriptor found = look_up(directory, name, seen);
  return !found.is_open() || seen.type == S_IFDIR ? std::move(found) : failed(ENOTDIR);
}

Descriptor open_last(const Descriptor& directory, const std::string& name, int flags) {
  Seen seen;
  if (!look_up(directory, name, seen).is_open()) {
    return failed(errno);
  }
  Descriptor opened{::openat(directory.number(), name.c_str(), flags | O_NOFOLLOW)};
  // Something else may have got that name meanwhile; with O_PATH a link is opened itself.
  const auto really = opened.is_open() ? look_at(opened) : std::nullopt;
  if (!really) {
    return failed(errno);
  }
  if (really->type == S_IFLNK) {
    return failed(ELOOP);
  }
  return really->mount == seen.mount ? std::move(opened) : failed(EXDEV);
}

}  // namespace

Descriptor open_below_at_once(const Descriptor& directory, std::string_view path, int flags) {
  const std::string name{path};
  open_how how{};
  how.flags = static_cast<std::uint64_t>(static_cast<unsigned>(flags));
  how.resolve = kStayBelow;
  for (int attempt = 1;; ++attempt) {
    const long opened = ::syscall(SYS_openat2, directory.number(), name.c_str(), &how, sizeof(how));
    const bool again = opened < 0 && (errno == EAGAIN || errno == EINTR) && attempt < kTries;
    if (!again) {
      return Descriptor{static_cast<int>(opened)};
    }
  }
}

Descriptor open_below_in_steps(const Descriptor& directory, std::string_view path, int flags) {
  if (path.empty()) {
    return failed(ENOENT);
  }
  if (path.size() >= PATH_MAX) {
    return failed(ENAMETOOLONG);
  }
  const auto names = names_of(path);
  if (path.front() == '/' || std::ranges::find(names, "..") != names.end()) {
    return failed(EXDEV);
  }
  // "name/" and "name/." mean a directory.
  const bool must_be_directory = path.ends_with('/') || path.ends_with("/.") || names.empty();
  const int last_flags = flags | (must_be_directory ? O_DIRECTORY : 0);
  if (names.empty()) {
    return Descriptor{::openat(directory.number(), ".", last_flags)};
  }
  Descriptor above{-1};
  for (std::size_t place = 0; place + 1 < names.size(); ++place) {
    above = enter(place == 0 ? directory : above, names[place]);
    if (!above.is_open()) {
      return above;
    }
  }
  return open_last(names.size() == 1 ? directory : above, names.back(), last_flags);
}

Descriptor open_below(const Descriptor& directory, std::string_view path, int flags) {
  Descriptor opened = open_below_at_once(directory, path, flags);
  return opened.is_open() || errno != ENOSYS ? std::move(opened)
                                             : open_below_in_steps(directory, path, flags);
}

}  // namespace rfi::upload
