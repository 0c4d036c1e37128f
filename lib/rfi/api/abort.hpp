// The one way in which network operations are ended from outside: a level (requested) and an edge
// (the hooks).
#pragma once

#include <functional>
#include <list>
#include <utility>

namespace rfi::api {

/// Owned by the transport. Io thread only. A hook closes a socket or wakes a timer; it runs at most
/// once.
class AbortSource {
 public:
  using Hook = std::function<void()>;

  /// Takes its hook out of the source when it goes.
  class Registration {
   public:
    Registration(AbortSource& source, Hook hook)
        : source_(source), position_(source.hooks_.insert(source.hooks_.end(), std::move(hook))) {}
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    Registration(Registration&&) = delete;
    Registration& operator=(Registration&&) = delete;
    ~Registration() { source_.hooks_.erase(position_); }

   private:
    AbortSource& source_;
    std::list<Hook>::iterator position_;
  };

  [[nodiscard]] bool requested() const { return requested_; }

  /// Asks everything registered to end. What registers later tests requested() before it waits.
  void request() {
    requested_ = true;
    for (const Hook& hook : hooks_) {
      hook();
    }
  }

 private:
  std::list<Hook> hooks_;
  bool requested_ = false;
};

}  // namespace rfi::api
