// The version of this program; it stands once, in the project() line of the top CMakeLists.txt.
#pragma once

#include <string_view>

namespace rfi::daemon {

inline constexpr std::string_view kVersion = RFI_VERSION;

}  // namespace rfi::daemon
