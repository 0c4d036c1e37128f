// What is said about the input: the first messages of a kind, and how many there were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rfi::daemon {

class Messages {
 public:
  void add(std::string message) {
    if (first_.size() < kShown) {
      first_.push_back(std::move(message));
    }
    ++count_;
  }
  /// Those of `later` come behind these.
  void append(Messages later) {
    for (auto& message : later.first_) {
      if (first_.size() == kShown) {
        break;
      }
      first_.push_back(std::move(message));
    }
    count_ += later.count_;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] const std::vector<std::string>& first() const { return first_; }

 private:
  static constexpr std::size_t kShown = 20;

  std::vector<std::string> first_;
  std::uint64_t count_ = 0;
};

}  // namespace rfi::daemon
