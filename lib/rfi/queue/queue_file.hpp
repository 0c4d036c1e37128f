// The file that was opened, told from another one that lies at the same path later: one that was
// deleted, renamed or replaced under the daemon must neither be written to nor be followed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace rfi::queue {

/// Holds on to the file by a descriptor that can neither read nor lock, so that its inode number is
/// not given to another one and SQLite's locks are not touched when it is closed.
class QueueFile {
 public:
  /// Never throws: a file that is not there is for whoever opens it to report.
  explicit QueueFile(std::filesystem::path path);
  QueueFile(const QueueFile&) = delete;
  QueueFile& operator=(const QueueFile&) = delete;
  ~QueueFile();

  /// Why the path does not lead to that file any more, and what to do; nothing while it does.
  [[nodiscard]] std::optional<std::string> fault() const;
  /// Reads the file and its journal through and says why that fails; nothing when it does not.
  /// SQLite reports a sector that cannot be read as corruption, but it may pass. No connection of
  /// this process may have the file open: its locks would be dropped.
  [[nodiscard]] std::optional<std::string> read_failure() const;
  /// Why it is not safe that this file has another name too; nothing when it has none.
  [[nodiscard]] std::optional<std::string> second_name() const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// As QueueFile::second_name, for a file that is not open yet.
[[nodiscard]] std::optional<std::string> second_name(const std::filesystem::path& queue);

}  // namespace rfi::queue
