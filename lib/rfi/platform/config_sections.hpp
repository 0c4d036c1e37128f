// Which keys the configuration has, their ranges, and which settings contradict each other.
#pragma once

#include "rfi/platform/config.hpp"
#include "rfi/platform/table_reader.hpp"
#include "rfi/platform/toml_document.hpp"

namespace rfi::platform {

/// Reads the whole document. What is wrong is added to `findings`; the result is good only if
/// nothing was.
[[nodiscard]] Config read_config(const TomlTable& document, Findings& findings);

}  // namespace rfi::platform
