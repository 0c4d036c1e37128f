#include "rfi/queue/space.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace rfi::queue {
namespace {

/// Shares of a file system that is too small for the limits: a twentieth, a tenth, an eightieth.
constexpr std::uintmax_t kSmall = std::uintmax_t{640} * 1024 * 1024;
constexpr std::uintmax_t kStopShare = 20;
constexpr std::uintmax_t kGoOnShare = 10;
constexpr std::uintmax_t kBallastShare = 80;
constexpr std::uintmax_t kMebibyte = std::uintmax_t{1024} * 1024;

struct Room {
  std::uintmax_t total = 0;
  std::uintmax_t free = 0;
};

std::optional<Room> room_at(const std::filesystem::path& directory) {
  struct statvfs found{};
  if (::statvfs(directory.c_str(), &found) != 0) {
    return std::nullopt;
  }
  return Room{std::uintmax_t{found.f_blocks} * found.f_frsize,
              std::uintmax_t{found.f_bavail} * found.f_frsize};
}

}  // namespace

std::filesystem::path ballast_path(const std::filesystem::path& queue) {
  return std::filesystem::weakly_canonical(std::filesystem::absolute(queue)).string() + ".ballast";
}

Space::Space(std::filesystem::path queue, const SpaceLimits& limits)
    : queue_(std::move(queue)), limits_(limits) {}

std::optional<std::string> Space::look(Time now) {
  const auto directory = ballast_path(queue_).parent_path();
  const auto room = room_at(directory);
  if (!room) {
    return shortage_;  // whoever opens the queue there will say more
  }
  const auto at_most = [&room](std::uintmax_t limit, std::uintmax_t share) {
    return room->total < kSmall ? std::min(limit, room->total / share) : limit;
  };
  const auto enough = at_most(limits_.go_on_above, kGoOnShare);
  const auto least = at_most(limits_.stop_below, kStopShare);
  if (full_until_ && now < *full_until_) {
    return shortage_;
  }
  full_until_.reset();
  if (room->free < (shortage_ ? enough : least)) {
    shortage_ = fmt::format(
        "only {} MiB are free on the file system of queue {}: nothing is claimed below {} MiB; "
        "claims go on at {} MiB",
        room->free / kMebibyte,
        queue_.string(),
        least / kMebibyte,
        enough / kMebibyte);
    return shortage_;
  }
  shortage_.reset();
  if (!has_ballast_ && room->free >= enough) {
    has_ballast_ = build_ballast(at_most(limits_.ballast, kBallastShare));
  }
  return shortage_;
}

bool Space::build_ballast(std::uintmax_t bytes) const {
  if (bytes == 0) {
    return true;
  }
  const auto path = ballast_path(queue_);
  const int descriptor =
      ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (descriptor < 0) {
    return false;
  }
  // A file with holes would hold nothing back.
  const bool built = ::posix_fallocate(descriptor, 0, static_cast<off_t>(bytes)) == 0;
  ::close(descriptor);
  if (!built) {
    ::unlink(path.c_str());
  }
  return built;
}

void Space::found_full(Time now) {
  ::unlink(ballast_path(queue_).c_str());
  has_ballast_ = false;
  full_until_ = now + limits_.full_for;
  shortage_ = fmt::format(
      "the file system of queue {} is full, or a quota on it is used up: nothing is claimed until "
      "there is room; outcomes are kept and written as soon as it is possible",
      queue_.string());
}

}  // namespace rfi::queue
