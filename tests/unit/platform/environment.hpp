// An environment variable set for the life of an object. Tests here run on one thread.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace rfi::test {

class EnvironmentVariable {
 public:
  /// nullopt removes the variable.
  EnvironmentVariable(std::string name, const std::optional<std::string>& value)
      : name_(std::move(name)) {
    if (const char* const before = ::secure_getenv(name_.c_str())) {
      before_ = before;
    }
    set(value);
  }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;
  EnvironmentVariable(EnvironmentVariable&&) = delete;
  EnvironmentVariable& operator=(EnvironmentVariable&&) = delete;
  ~EnvironmentVariable() { set(before_); }

 private:
  void set(const std::optional<std::string>& value) const {
    // NOLINTBEGIN(concurrency-mt-unsafe)
    if (value) {
      ::setenv(name_.c_str(), value->c_str(), 1);
    } else {
      ::unsetenv(name_.c_str());
    }
    // NOLINTEND(concurrency-mt-unsafe)
  }

  std::string name_;
  std::optional<std::string> before_;
};

}  // namespace rfi::test
