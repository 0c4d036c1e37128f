// Who keeps the queue locked, as far as the kernel tells.
#pragma once

#include <filesystem>
#include <string>

namespace rfi::queue {

/// The other processes with a lock on the queue or on its WAL's index, as "sqlite3 (pid 17), ...".
/// Empty when there is none or the kernel does not say (a hardened unit hides /proc/locks).
[[nodiscard]] std::string lock_holders(const std::filesystem::path& queue);

}  // namespace rfi::queue
