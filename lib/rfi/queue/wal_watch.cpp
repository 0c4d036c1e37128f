#include "rfi/queue/wal_watch.hpp"

#include "rfi/queue/lock_holders.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace rfi::queue {
namespace {

constexpr std::chrono::seconds kLookEvery{5};
/// Longer than any read a producer or a command needs, and reported well within a minute.
constexpr std::chrono::seconds kStuckFor{30};

}  // namespace

std::optional<std::string> WalWatch::look(const Database& database, Time now) {
  if (next_look_ && now < *next_look_) {
    return trouble_;
  }
  next_look_ = now + kLookEvery;
  int frames = 0;
  int taken = 0;
  const int code = sqlite3_wal_checkpoint_v2(
      database.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &taken);
  const bool locked = (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
  if (code != SQLITE_OK && !locked) {
    // No exchange meets it: the WAL takes all that they write.
    stuck_since_.reset();
    trouble_ = fmt::format(
        "what stands in the WAL cannot be taken into queue {}: {} (SQLite {}); the WAL grows until "
        "it can: check the disk, its free space and the kernel's log",
        database.path().string(),
        sqlite3_errstr(code),
        code);
    return trouble_;
  }
  // -1: there is no WAL.
  if (locked || frames <= taken) {
    stuck_since_.reset();
    trouble_.reset();
    return trouble_;
  }
  if (!stuck_since_ || taken != taken_) {
    stuck_since_ = now;
    taken_ = taken;
    trouble_.reset();
  }
  if (now - *stuck_since_ >= kStuckFor) {
    const auto holders = lock_holders(database.path());
    trouble_ = fmt::format(
        "a reader keeps {} pages in the WAL of queue {} since {} s: it grows until that "
        "transaction "
        "ends; {}",
        frames - taken,
        database.path().string(),
        std::chrono::duration_cast<std::chrono::seconds>(now - *stuck_since_).count(),
        holders.empty() ? "look for an open sqlite3 shell or a backup"
                        : "locks are held by " + holders);
  }
  return trouble_;
}

}  // namespace rfi::queue
