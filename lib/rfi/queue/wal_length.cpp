#include "rfi/queue/wal_length.hpp"

#include <sqlite3.h>

namespace rfi::queue {
namespace {

constexpr int kLong = 400;
/// For the lock and for readers: nobody can commit meanwhile.
constexpr std::chrono::milliseconds kLongestWait{5};

}  // namespace

WalLength::WalLength(const Database& database, CheckpointReach reach)
    : database_(database), reach_(reach) {
  sqlite3_wal_hook(
      database_.handle(),
      [](void* pages, sqlite3* /*handle*/, const char* /*name*/, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
      },
      &pages_);
}

WalLength::~WalLength() {
  sqlite3_wal_hook(database_.handle(), nullptr, nullptr);
}

bool WalLength::is_long() const {
  return pages_ >= kLong;
}

void WalLength::shorten() {
  int pages = 0;
  int taken = 0;
  int code = sqlite3_wal_checkpoint_v2(
      database_.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &taken);
  if (code == SQLITE_OK && taken == pages && reach_ == CheckpointReach::end) {
    // Whoever commits all the time makes it longer meanwhile: its end is reached, and it is begun
    // anew, only while nobody may. Little is left to be done by now. Not where a reader keeps a
    // part of it: that one may take hours.
    const BusyWait::Suspended not_for_long(database_.busy_wait(), kLongestWait);
    code = sqlite3_wal_checkpoint_v2(
        database_.handle(), "main", SQLITE_CHECKPOINT_RESTART, &pages, &taken);
  }
  if (code == SQLITE_OK && taken == pages) {
    pages_ = 0;
  }
}

}  // namespace rfi::queue
