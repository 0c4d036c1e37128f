// What only the running daemon knows, as the control socket gives it away.
#pragma once

#include "rfi/platform/clock.hpp"
#include "rfi/platform/config.hpp"
#include "rfi/service/scheduler.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace rfi::daemon {

/// What the scheduler does not know of it.
struct LiveFrame {
  const platform::Config& config;
  policy::UtcTime started_at{};
  policy::UtcTime now{};
  std::chrono::steady_clock::time_point steady_now{};
  std::string blocked;  ///< why nothing gets through to the queue, or empty
  bool stopping = false;
};

/// The answer to `status`: one JSON object, whose members are described where they are written.
[[nodiscard]] std::string live_status(const service::Scheduler& scheduler, const LiveFrame& frame);

/// The answer to `explain`: what of the daemon's state can keep this RFI from being sent.
[[nodiscard]] std::string live_reasons(const service::Scheduler& scheduler,
                                       const LiveFrame& frame,
                                       std::string_view reference);

}  // namespace rfi::daemon
