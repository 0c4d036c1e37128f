#include "commands/enqueue_progress.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>

namespace rfi::daemon {
namespace {

constexpr std::chrono::milliseconds kBetweenDrawings{500};
// Back to the first column, and nothing behind what is written next.
constexpr const char* kFromTheStart = "\r\x1b[K";

void draw(const std::optional<std::string>& bytes) {
  if (bytes) {
    (void)std::fputs(bytes->c_str(), stderr);
    (void)std::fflush(stderr);
  }
}

}  // namespace

std::optional<std::string> ProgressLine::at(Time now, std::uint64_t rows) {
  if (now - drawn_ < kBetweenDrawings) {
    return std::nullopt;
  }
  drawn_ = now;
  shown_ = true;
  const std::chrono::duration<double> taken = now - began_;
  return fmt::format(
      "{}{} rows, {:.0f} rows/s", kFromTheStart, rows, static_cast<double>(rows) / taken.count());
}

std::optional<std::string> ProgressLine::wipe() {
  if (!shown_) {
    return std::nullopt;
  }
  shown_ = false;
  return kFromTheStart;
}

TerminalProgress::TerminalProgress()
    : on_terminal_(isatty(STDERR_FILENO) == 1), line_(std::chrono::steady_clock::now()) {}

void TerminalProgress::show(std::uint64_t rows) {
  if (on_terminal_) {
    draw(line_.at(std::chrono::steady_clock::now(), rows));
  }
}

void TerminalProgress::wipe() {
  draw(line_.wipe());
}

}  // namespace rfi::daemon
