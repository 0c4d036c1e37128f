// Standard output that cannot hold the daemon up: lines gather here and leave as the reader takes
// them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rfi::platform {

/// A bounded buffer in front of a descriptor, which it does not own. Not thread-safe.
class LineOutput {
 public:
  /// What may wait for a slow reader; beyond it lines are dropped and counted.
  static constexpr std::size_t kMaxWaiting = std::size_t{1024} * 1024;

  explicit LineOutput(int descriptor);

  /// Adds `line` and a line feed; flushes without waiting when much has gathered.
  void append(std::string_view line);

  /// Writes what the reader takes within `patience`. After an error (a closed reader) what waits is
  /// dropped.
  void flush(std::chrono::milliseconds patience);

  /// Lines lost since the last call, once the reader takes lines again; 0 before that.
  [[nodiscard]] std::uint64_t take_dropped();

 private:
  int descriptor_;
  std::size_t piece_;  ///< of one write at most
  std::string waiting_;
  std::uint64_t dropped_ = 0;
  bool failed_ = false;  ///< the last write met an error
};

}  // namespace rfi::platform
