// Whether the file is a sound database, looked at before anything is written to it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace rfi::queue {

/// Larger queues are not read through at the start, since the first request shall leave within a
/// second. Measured for 208 MB on a busy machine: 0.7 s from memory (as after a crash of the daemon
/// alone), 5.2 s from the disk; so at most 0.8 s for this. SQLite still checks each page it uses.
inline constexpr std::uintmax_t kLargestChecked = std::uintmax_t{32} * 1024 * 1024;

struct Soundness {
  enum class State { sound, damaged, too_large };
  State state = State::sound;
  /// What is wrong and what to do: of a damaged file, or of rows in it that nobody looks at.
  std::string detail;
  std::uintmax_t bytes = 0;
  std::chrono::milliseconds took{0};
};

/// `PRAGMA quick_check` of a queue of up to `largest` bytes. Reads only. Throws SqliteError when it
/// cannot be read, other than for damage.
[[nodiscard]] Soundness check_soundness(const std::filesystem::path& queue,
                                        std::uintmax_t largest = kLargestChecked);

}  // namespace rfi::queue
