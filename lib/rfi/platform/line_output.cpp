#include "rfi/platform/line_output.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace rfi::platform {
namespace {

constexpr std::size_t kFlushAt = std::size_t{64} * 1024;

using SteadyTime = std::chrono::steady_clock::time_point;

// Whether PIPE_BUF bytes can be written without blocking, before `until`. Errors count as yes: the
// write names them.
bool writable(int descriptor, SteadyTime until) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd entry{.fd = descriptor, .events = POLLOUT, .revents = 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (ready >= 0 || errno != EINTR) {
      return ready != 0;
    }
  }
}

bool is_regular_file(int descriptor) {
  struct stat status{};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

// A pipe with room for less than PIPE_BUF would block although poll called it writable; a file
// takes all at once.
LineOutput::LineOutput(int descriptor)
    : descriptor_(descriptor), piece_(is_regular_file(descriptor) ? kMaxWaiting : PIPE_BUF) {}

void LineOutput::append(std::string_view line) {
  if (waiting_.size() + line.size() >= kMaxWaiting) {
    flush(std::chrono::milliseconds{0});
  }
  if (waiting_.size() + line.size() >= kMaxWaiting) {
    ++dropped_;
    return;
  }
  waiting_.append(line).push_back('\n');
  if (waiting_.size() >= kFlushAt) {
    flush(std::chrono::milliseconds{0});
  }
}

void LineOutput::flush(std::chrono::milliseconds patience) {
  const SteadyTime until = std::chrono::steady_clock::now() + patience;
  std::size_t written = 0;
  while (written < waiting_.size() && writable(descriptor_, until)) {
    const std::size_t size = std::min(waiting_.size() - written, piece_);
    const ssize_t count = ::write(descriptor_, waiting_.data() + written, size);
    if (count >= 0) {
      written += static_cast<std::size_t>(count);
      failed_ = false;
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      const auto rest = waiting_.begin() + static_cast<std::ptrdiff_t>(written);
      dropped_ += static_cast<std::uint64_t>(std::count(rest, waiting_.end(), '\n'));
      written = waiting_.size();
      failed_ = true;
    }
  }
  waiting_.erase(0, written);
}

std::uint64_t LineOutput::take_dropped() {
  return !failed_ && waiting_.size() < kMaxWaiting / 2 ? std::exchange(dropped_, 0) : 0;
}

}  // namespace rfi::platform
