// What must hold of the allowlist's answer for any two texts: shared by the target that invents
// texts and the one that invents RFIs.
#pragma once

#include "rfi/allowlist/body.hpp"
#include "rfi/allowlist/catalogue.hpp"

#include <string_view>

namespace rfi::fuzz {

/// Projects and checks every promise; ends the process at the first broken one. The projection, for
/// promises that only the caller can judge.
allowlist::Projection check_projection(std::string_view requested,
                                       std::string_view documents,
                                       const allowlist::Settings& settings);

}  // namespace rfi::fuzz
