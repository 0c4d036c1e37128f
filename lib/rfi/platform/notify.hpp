// What systemd is told about the service. Without $NOTIFY_SOCKET every function does nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace rfi::platform {

/// The service works: `systemctl start` returns.
void notify_ready();

/// SIGHUP was received and the configuration is being read; notify_ready() ends it.
void notify_reloading();

/// The drain has begun.
void notify_stopping();

/// One line for `systemctl status`. Control characters become spaces.
void notify_status(std::string_view status);

/// Progress was made: to be called after work that a stuck daemon could not have done.
void notify_watchdog();

/// How often systemd wants to hear of progress (half of WatchdogSec=); nothing when it does not
/// watch this process.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace rfi::platform
