// A directory that lives as long as its object, and the few file operations that tests need.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace rfi::test {

/// A fresh directory (mode 0700) below $TMPDIR or /tmp; removed with all that is in it by the
/// destructor.
///
/// Errors: the constructor throws std::runtime_error.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  TemporaryDirectory(TemporaryDirectory&&) = delete;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

/// The whole file. Errors: throws std::runtime_error with the path.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// Replaces the file. Errors: throws std::runtime_error with the path.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace rfi::test
