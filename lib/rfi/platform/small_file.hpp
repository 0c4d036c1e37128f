// Reads a file of the operator's as a whole: configuration and secrets.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <variant>

namespace rfi::platform {

struct SmallFile {
  std::string content;
  mode_t mode = 0;  ///< permission bits at the time of reading
};

/// Why there is no content, as the end of a sentence that begins with the file's name.
struct FileError {
  std::string reason;
};

/// The content of a regular file of at most `max_bytes`. Does not wait on a pipe or a device.
[[nodiscard]] std::variant<SmallFile, FileError> read_small_file(const std::filesystem::path& path,
                                                                 std::size_t max_bytes);

}  // namespace rfi::platform
