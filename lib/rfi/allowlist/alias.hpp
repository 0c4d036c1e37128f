// Aliases: where a grant goes whose section or field has no place in any documented body.
#pragma once

#include "rfi/allowlist/catalogue.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace rfi::allowlist {

/// Rewrites a grant's section and field by the alias that fits, once. An alias that names the field
/// wins over one for the whole section; among equals the first. `as` is, in this order:
/// `section.field`, a known section (the field stays), a field of the same section.
void apply_alias(const std::vector<Alias>& aliases,
                 std::string_view& section,
                 std::optional<std::string_view>& field);

}  // namespace rfi::allowlist
