// Room on the disk: claims end before it is used up, and a ballast file is given up when it is, so
// that the outcomes of what is under way can still be written.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace rfi::queue {

/// In bytes. On a small file system each is at most a share of it (see space.cpp); 0 switches it
/// off.
struct SpaceLimits {
  /// Less free space than this ends claims. An outcome rewrites its row and keeps the old pages in
  /// the journal: twice the row. 128 open rows of 100 KiB need 25 MiB.
  std::uintmax_t stop_below = std::uintmax_t{32} * 1024 * 1024;
  /// As much lets them go on and the ballast be built up; what `check` calls enough.
  std::uintmax_t go_on_above = std::uintmax_t{64} * 1024 * 1024;
  /// For the outcomes of 128 open rows of 30 KiB, if others have filled the disk all the same.
  std::uintmax_t ballast = std::uintmax_t{8} * 1024 * 1024;
  /// How long a write that found no room speaks louder than the figures of the file system.
  std::chrono::milliseconds full_for = std::chrono::seconds{10};
};

/// One thread.
class Space {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Space(std::filesystem::path queue, const SpaceLimits& limits);

  /// Looks at the file system, builds the ballast up if there is room, and says why nothing may be
  /// claimed; nothing when it may.
  [[nodiscard]] std::optional<std::string> look(Time now);
  /// The answer of the last look.
  [[nodiscard]] const std::optional<std::string>& shortage() const { return shortage_; }
  /// A write has found no room: gives up the ballast and ends claims for a while, whatever the file
  /// system says of its free space (a quota does not show there).
  void found_full(Time now);

 private:
  [[nodiscard]] bool build_ballast(std::uintmax_t bytes) const;

  std::filesystem::path queue_;
  SpaceLimits limits_;
  std::optional<std::string> shortage_;
  std::optional<Time> full_until_;
  bool has_ballast_ = false;
};

/// The ballast of a queue.
[[nodiscard]] std::filesystem::path ballast_path(const std::filesystem::path& queue);

}  // namespace rfi::queue
