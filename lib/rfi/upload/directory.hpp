// Where files to upload may lie, and the only way to one of them: nothing outside the directory can
// be reached, whatever a producer writes into `path` and whatever happens in the directory
// meanwhile.
#pragma once

#include "rfi/platform/descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace rfi::upload {

/// Whether files are looked for below `<customer_id>/`, so that no producer can send one customer's
/// file for another.
enum class PerCustomer { no, yes };

struct Settings {
  std::filesystem::path directory;  ///< empty: no uploads
  PerCustomer per_customer = PerCustomer::yes;
  std::uint64_t max_file_bytes = std::uint64_t{20} * 1024 * 1024;
};

/// Why a file cannot be sent. `reason` never holds its name: that may be personal.
struct FileFault {
  enum class Whose {
    missing,  ///< it is not there
    file,     ///< it is not what may be sent: waiting changes nothing
    machine   ///< the directory or the disk cannot be read now: another try may succeed
  };
  Whose whose = Whose::file;
  std::string reason;
  bool operator==(const FileFault&) const = default;
};

/// Names one file: whose, and where below the directory.
struct FileName {
  std::string customer_id;  ///< in any case; its directory has this spelling, or lower case
  std::string path;
};

struct OpenFile {
  platform::Descriptor descriptor;
  std::uint64_t size = 0;
};

/// Opens a regular file with one link and 1 to max_file_bytes bytes, for reading and without
/// waiting (a FIFO has no writer, a device no end). Follows no symbolic link, no `..`, no mount
/// point and nothing of /proc (below.hpp).
[[nodiscard]] std::variant<OpenFile, FileFault> open_file(const Settings& settings,
                                                          const FileName& name);

/// Removes the file if it is still the one of `size` bytes that open_file() gives. A sentence if it
/// could not be.
[[nodiscard]] std::optional<FileFault> remove_file(const Settings& settings,
                                                   const FileName& name,
                                                   std::uint64_t size);

/// Whether files can be looked for at all: the directory is there, can be read, and the kernel can
/// keep a look-up below it. Nothing if so.
[[nodiscard]] std::optional<std::string> directory_fault(const Settings& settings);

}  // namespace rfi::upload
