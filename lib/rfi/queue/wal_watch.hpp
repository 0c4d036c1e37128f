// Whether a reader of another process keeps the WAL from being taken into the queue, so that it
// grows without end.
#pragma once

#include "rfi/queue/sqlite.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace rfi::queue {

/// One thread: the database's.
class WalWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Takes into the queue what may be taken, every few seconds at most, and says since when nothing
  /// could be although there is something. Nothing while all is well; without a WAL always.
  [[nodiscard]] std::optional<std::string> look(const Database& database, Time now);

 private:
  std::optional<Time> next_look_;
  std::optional<Time> stuck_since_;
  int taken_ = 0;
  std::optional<std::string> trouble_;
};

}  // namespace rfi::queue
