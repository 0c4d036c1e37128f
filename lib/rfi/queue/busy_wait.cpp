#include "rfi/queue/busy_wait.hpp"

#include <thread>

namespace rfi::queue {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

microseconds pause_after(std::chrono::steady_clock::duration waited) {
  if (waited < milliseconds{20}) {
    return microseconds{250};
  }
  return waited < milliseconds{200} ? microseconds{1'000} : microseconds{5'000};
}

}  // namespace

void BusyWait::attach_to(sqlite3* handle) {
  sqlite3_busy_handler(
      handle,
      [](void* self, int times_before) {
        return static_cast<BusyWait*>(self)->wait(times_before) ? 1 : 0;
      },
      this);
}

bool BusyWait::wait(int times_before) {
  const auto now = std::chrono::steady_clock::now();
  if (times_before == 0) {
    began_ = now;
  }
  const auto waited = now - began_;
  if (waited >= limit_) {
    return false;
  }
  std::this_thread::sleep_for(pause_after(waited));
  return true;
}

}  // namespace rfi::queue
