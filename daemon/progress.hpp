// What systemd's watchdog is told depends on this: not whether the process is alive, but whether it
// gets anywhere. Pure: pulses and times are handed in.
#pragma once

#include "rfi/queue/queue_thread.hpp"
#include "rfi/service/scheduler.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace rfi::daemon {

class Progress {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  struct Pulses {
    service::Scheduler::Pulse scheduler;
    queue::QueueThread::Pulse queue;
  };

  /// Compares with the look before; the scheduler must have been nudged since then. Returns what is
  /// stuck, as a sentence, or nothing. A queue that cannot be written and an unfit destination are
  /// not stuck: both are tried again and again. `wire_patience`: longer than any request may take.
  [[nodiscard]] std::optional<std::string_view> look(const Pulses& pulses,
                                                     Instant now,
                                                     std::chrono::milliseconds wire_patience);

 private:
  std::optional<Pulses> before_;
  Instant wire_moved_at_{};
};

}  // namespace rfi::daemon
