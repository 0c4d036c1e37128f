// How far a long `enqueue` has come, on a line of the terminal that is drawn anew.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace rfi::daemon {

/// What to draw, and when: at most twice a second, and nothing in the first half second.
class ProgressLine {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit ProgressLine(Time now) : began_(now), drawn_(now) {}

  /// The bytes that draw the line anew, if it is time to.
  [[nodiscard]] std::optional<std::string> at(Time now, std::uint64_t rows);
  /// The bytes that take the line away, if there is one.
  [[nodiscard]] std::optional<std::string> wipe();

 private:
  Time began_;
  Time drawn_;
  bool shown_ = false;
};

/// The same on standard error, if that is a terminal.
class TerminalProgress {
 public:
  TerminalProgress();
  TerminalProgress(const TerminalProgress&) = delete;
  TerminalProgress& operator=(const TerminalProgress&) = delete;
  TerminalProgress(TerminalProgress&&) = delete;
  TerminalProgress& operator=(TerminalProgress&&) = delete;
  ~TerminalProgress() { wipe(); }

  void show(std::uint64_t rows);
  /// Before anything else is said.
  void wipe();

 private:
  bool on_terminal_;
  ProgressLine line_;
};

}  // namespace rfi::daemon
