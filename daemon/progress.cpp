#include "progress.hpp"

#include <utility>

namespace rfi::daemon {

std::optional<std::string_view> Progress::look(const Pulses& pulses,
                                               Instant now,
                                               std::chrono::milliseconds wire_patience) {
  const auto before = std::exchange(before_, pulses);
  if (!before || pulses.scheduler.in_flight == 0 ||
      pulses.scheduler.moves != before->scheduler.moves) {
    wire_moved_at_ = now;
  }
  if (!before) {
    return std::nullopt;
  }
  if (pulses.queue.busy && before->queue.busy && pulses.queue.beats == before->queue.beats) {
    return "the queue's thread does not come back from what it was given";
  }
  if (!pulses.scheduler.waits_for_queue && pulses.scheduler.turns == before->scheduler.turns) {
    return "the scheduler was woken and did not move";
  }
  if (now - wire_moved_at_ > wire_patience) {
    return "requests are on the wire longer than their time-outs allow";
  }
  return std::nullopt;
}

}  // namespace rfi::daemon
