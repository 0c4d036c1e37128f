// The word that was meant: for messages about a misspelt key or value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::platform {

/// The candidate that differs from `word` by a slip of the pen (case, `-` for `_`, about one
/// character in three, two at most); nothing when none is that close.
[[nodiscard]] std::optional<std::string> near_miss(std::string_view word,
                                                   const std::vector<std::string>& candidates);

}  // namespace rfi::platform
