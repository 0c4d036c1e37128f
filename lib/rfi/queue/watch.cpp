#include "rfi/queue/watch.hpp"

#include <boost/asio/buffer.hpp>

#include <sys/inotify.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

namespace rfi::queue {
namespace {

constexpr std::chrono::seconds kTick{1};

std::filesystem::path real_path(const std::filesystem::path& queue) {
  return std::filesystem::weakly_canonical(std::filesystem::absolute(queue));
}

}  // namespace

Watch::Watch(const boost::asio::any_io_executor& executor,
             const std::filesystem::path& queue,
             std::function<void(Sign)> sign)
    : name_(real_path(queue).filename()),
      directory_(real_path(queue).parent_path()),
      sign_(std::move(sign)),
      events_(executor),
      timer_(executor) {}

void Watch::start() {
  const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor >= 0) {
    if (listen(descriptor)) {
      events_.assign(descriptor);
      wait_for_event();
    } else {
      ::close(descriptor);
    }
  }
  wait_for_tick();
}

/// The end of a commit is a write to the WAL or the journal, or the journal's removal or
/// truncation.
bool Watch::listen(int descriptor) {
  listening_ = ::inotify_add_watch(
      descriptor, directory_.c_str(), IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_TO);
  return listening_ >= 0;
}

void Watch::rest() {
  if (listening_ >= 0) {
    ::inotify_rm_watch(events_.native_handle(), listening_);
    listening_ = -1;
  }
}

bool Watch::resume() {
  return listening_ < 0 && events_.is_open() && listen(events_.native_handle());
}

void Watch::stop() {
  alive_.reset();
  boost::system::error_code ignored;
  events_.close(ignored);
  timer_.cancel();
}

void Watch::wait_for_event() {
  events_.async_read_some(boost::asio::buffer(buffer_),
                          [this, alive = std::weak_ptr(alive_)](
                              const boost::system::error_code& error, std::size_t bytes) {
                            if (error || alive.expired()) {
                              return;
                            }
                            if (concerns_queue(bytes)) {
                              sign_(Sign::touched);
                            }
                            if (!alive.expired()) {
                              wait_for_event();
                            }
                          });
}

void Watch::wait_for_tick() {
  timer_.expires_after(kTick);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
    if (error || alive.expired()) {
      return;
    }
    sign_(Sign::tick);
    if (!alive.expired()) {
      wait_for_tick();
    }
  });
}

bool Watch::concerns_queue(std::size_t bytes) const {
  std::size_t position = 0;
  while (position + sizeof(inotify_event) <= bytes) {
    inotify_event event{};
    std::memcpy(&event, buffer_.data() + position, sizeof(event));
    const char* text = buffer_.data() + position + sizeof(event);
    const std::string_view file(text, ::strnlen(text, event.len));
    // The lock file and the socket begin with the same name; overflowing events have none.
    const bool ours = file == name_ || file == name_ + "-journal" || file == name_ + "-wal";
    if (ours || (event.mask & IN_Q_OVERFLOW) != 0) {
      return true;
    }
    position += sizeof(event) + event.len;
  }
  return false;
}

}  // namespace rfi::queue
