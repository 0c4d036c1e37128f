// What connections to one file on a simulated disk share: its locks, and the memory of a WAL's
// readers. Gone with the power, like the processes.
#pragma once

#include "power/simulated_disk.hpp"

#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <memory>
#include <set>
#include <vector>

namespace rfi::power {

/// A connection, as one that holds a lock; only its address counts.
using Holder = const void*;

/// SQLite's locks on the database file. Levels are SQLITE_LOCK_NONE and so on; `level` is the one
/// the holder has, and is changed. Each returns SQLITE_OK or SQLITE_BUSY.
class FileLocks {
 public:
  int lock(Holder holder, int wanted, int& level);
  void unlock(Holder holder, int wanted, int& level);
  [[nodiscard]] bool is_reserved() const { return reserved_ != nullptr; }

 private:
  std::set<Holder> readers_;
  Holder reserved_ = nullptr;
  Holder pending_ = nullptr;
};

/// The index of a WAL in memory, and the locks on its slots.
class SharedMemory {
 public:
  /// Null when the region is not there and must not be made.
  [[nodiscard]] void* region(std::size_t number, std::size_t size, bool make);
  void forget() { regions_.clear(); }
  /// `flags` as SQLite's xShmLock has them.
  int lock(Holder holder, std::size_t first, std::size_t count, int flags);
  void leave(Holder holder);

 private:
  struct Slot {
    std::set<Holder> sharing;
    Holder exclusive = nullptr;
    void free(Holder holder);
  };
  std::vector<std::unique_ptr<Bytes>> regions_;
  std::array<Slot, SQLITE_SHM_NLOCK> slots_;
};

}  // namespace rfi::power
