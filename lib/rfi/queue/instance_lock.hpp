// One daemon a queue: an flock beside the file, never on it (SQLite's own locks would go with our
// descriptor).
#pragma once

#include <filesystem>
#include <optional>

namespace rfi::queue {

/// Held until the end of its life, and given back by the kernel when the process dies.
class InstanceLock {
 public:
  /// Locks `<real path of the queue>.lock`, so that two paths to one queue meet. Nothing when
  /// another process holds it. The queue itself need not exist. Throws std::system_error when the
  /// lock file cannot be made.
  [[nodiscard]] static std::optional<InstanceLock> acquire(const std::filesystem::path& queue);

  InstanceLock(InstanceLock&& other) noexcept;
  InstanceLock& operator=(InstanceLock&& other) noexcept;
  InstanceLock(const InstanceLock&) = delete;
  InstanceLock& operator=(const InstanceLock&) = delete;
  ~InstanceLock();

 private:
  explicit InstanceLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

/// The file that acquire() locks.
[[nodiscard]] std::filesystem::path lock_path(const std::filesystem::path& queue);

}  // namespace rfi::queue
