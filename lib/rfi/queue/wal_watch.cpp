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
  // -1: there is no WAL. Any other failure is met, and reported, by the next exchange.
  if (code != SQLITE_OK || frames <= taken) {
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
