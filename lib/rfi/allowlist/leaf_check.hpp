// The second opinion: before the bytes leave, they are parsed again and every leaf must be covered
// by a grant. Written from the contract alone; shares no code with grant.cpp or body.cpp, and reads
// `requested` by itself.
#pragma once

#include "rfi/allowlist/catalogue.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rfi::allowlist {

/// The paths of all leaves of `body` that are neither covered by a grant in `requested` nor a
/// structural key of a covered document; empty when the body may leave. A body or `requested` that
/// does not parse yields one entry that says so. Never throws for bad input.
[[nodiscard]] std::vector<std::string> uncovered_leaves(std::string_view body,
                                                        std::string_view requested,
                                                        const Settings& settings);

}  // namespace rfi::allowlist
