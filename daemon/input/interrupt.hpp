// Ends the wait of another thread for an input that may never come.
#pragma once

namespace rfi::daemon {

/// Raised once, by any thread, for good.
class Interrupt {
 public:
  /// Throws std::system_error when there are no descriptors left.
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  Interrupt(Interrupt&&) = delete;
  Interrupt& operator=(Interrupt&&) = delete;
  ~Interrupt();

  void raise() const;
  /// Waits until `descriptor` can be read (true) or this is raised (false).
  [[nodiscard]] bool wait_for_input(int descriptor) const;

 private:
  int event_;
};

}  // namespace rfi::daemon
