// The way from a directory to something below it that leads nowhere else, whatever the path says
// and whoever renames and links meanwhile.
#pragma once

#include "rfi/platform/descriptor.hpp"

#include <string_view>

namespace rfi::upload {

/// Opens `path`, relative to `directory`, with the flags of open(2); O_CREAT is not among them.
/// Follows no symbolic link, nothing of /proc, no mount point, and no `..` that would leave.
/// A descriptor that is not open, and errno, if it cannot: ELOOP for a link, EXDEV for a way out,
/// ENOSYS where the kernel can do neither of the two below.
[[nodiscard]] platform::Descriptor open_below(const platform::Descriptor& directory,
                                              std::string_view path,
                                              int flags);

/// The kernel does it all at once (openat2, Linux 5.6).
[[nodiscard]] platform::Descriptor open_below_at_once(const platform::Descriptor& directory,
                                                      std::string_view path,
                                                      int flags);

/// Name by name, for processes that are kept from openat2: systemd's RestrictSUIDSGID= answers it
/// with ENOSYS, since its filter cannot see the flags. Refuses every `..` (Linux 5.8).
[[nodiscard]] platform::Descriptor open_below_in_steps(const platform::Descriptor& directory,
                                                       std::string_view path,
                                                       int flags);

}  // namespace rfi::upload
