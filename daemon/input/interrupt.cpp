#include "input/interrupt.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace rfi::daemon {

Interrupt::Interrupt() : event_(eventfd(0, EFD_CLOEXEC)) {
  if (event_ < 0) {
    throw std::system_error(errno, std::generic_category(), "cannot make an event descriptor");
  }
}

Interrupt::~Interrupt() {
  close(event_);
}

void Interrupt::raise() const {
  // Cannot fail: the counter is far from full.
  (void)eventfd_write(event_, 1);
}

bool Interrupt::wait_for_input(int descriptor) const {
  std::array<pollfd, 2> waited{{{.fd = descriptor, .events = POLLIN, .revents = 0},
                                {.fd = event_, .events = POLLIN, .revents = 0}}};
  while (poll(waited.data(), waited.size(), -1) < 0) {
    if (errno != EINTR) {
      return true;  // what is wrong shows at the read
    }
  }
  return waited[1].revents == 0;
}

}  // namespace rfi::daemon
