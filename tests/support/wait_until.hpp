// Waiting for what another process or thread does, with a limit.
#pragma once

#include <chrono>
#include <thread>

namespace rfi::test {

/// Asks `holds` every millisecond until it says true; false once `limit` has passed without that.
template <class Predicate>
[[nodiscard]] bool wait_until(Predicate holds,
                              std::chrono::milliseconds limit = std::chrono::seconds{10}) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

}  // namespace rfi::test
