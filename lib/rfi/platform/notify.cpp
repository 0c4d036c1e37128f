#include "rfi/platform/notify.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace rfi::platform {
namespace {

// A failure is not reported: nobody could act on it, and systemd's own timeouts do.
void tell(const std::string& state) {
  ::sd_notify(0, state.c_str());
}

std::int64_t monotonic_microseconds() {
  // libstdc++'s steady clock is CLOCK_MONOTONIC, the one systemd compares with.
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void notify_ready() {
  tell("READY=1");
}

void notify_reloading() {
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds()));
}

void notify_stopping() {
  tell("STOPPING=1");
}

void notify_status(std::string_view status) {
  // A line feed in it would begin an assignment of its own.
  std::string state = std::string("STATUS=").append(status);
  std::ranges::replace_if(
      state,
      [](char character) {
        return static_cast<std::uint8_t>(character) < 0x20 || character == '\x7F';
      },
      ' ');
  tell(state);
}

void notify_watchdog() {
  tell("WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  std::uint64_t limit = 0;
  if (::sd_watchdog_enabled(0, &limit) <= 0) {
    return std::nullopt;
  }
  return std::chrono::microseconds{limit / 2};
}

}  // namespace rfi::platform
