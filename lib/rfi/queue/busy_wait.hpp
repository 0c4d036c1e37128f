// How a connection waits for another process's lock.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <utility>

namespace rfi::queue {

/// Asks again every quarter of a millisecond to begin with, and less often the longer it takes.
/// SQLite's own wait begins with 1, 2, 5, 10 and 15 ms: a producer's commit takes one, and every
/// row that it queued would leave that much later.
class BusyWait {
 public:
  explicit BusyWait(std::chrono::milliseconds limit) : limit_(limit) {}

  /// Becomes the busy handler of `handle`, and must outlive it at the same address.
  void attach_to(sqlite3* handle);

  /// While it lives, a lock that is not free is not waited for, or no longer than `limit`.
  class Suspended {
   public:
    explicit Suspended(BusyWait& of, std::chrono::milliseconds limit = {})
        : of_(of), limit_(std::exchange(of.limit_, limit)) {}
    Suspended(const Suspended&) = delete;
    Suspended& operator=(const Suspended&) = delete;
    Suspended(Suspended&&) = delete;
    Suspended& operator=(Suspended&&) = delete;
    ~Suspended() { of_.limit_ = limit_; }

   private:
    BusyWait& of_;
    std::chrono::milliseconds limit_;
  };

 private:
  [[nodiscard]] bool wait(int times_before);

  std::chrono::milliseconds limit_;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace rfi::queue
