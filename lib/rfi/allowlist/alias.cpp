#include "rfi/allowlist/alias.hpp"

#include "rfi/allowlist/catalogue.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace rfi::allowlist {

void apply_alias(const std::vector<Alias>& aliases,
                 std::string_view& section,
                 std::optional<std::string_view>& field) {
  const Alias* fitting = nullptr;
  for (const Alias& alias : aliases) {
    if (alias.section != section) {
      continue;
    }
    if (alias.field && field && *alias.field == *field) {
      fitting = &alias;
      break;
    }
    if (!alias.field && fitting == nullptr) {
      fitting = &alias;
    }
  }
  if (fitting == nullptr) {
    return;
  }
  const std::string_view as = fitting->as;
  const std::size_t dot = as.find('.');
  if (dot != std::string_view::npos) {
    section = as.substr(0, dot);
    field = as.substr(dot + 1);
  } else if (shape_of(as) != SectionShape::unknown) {
    section = as;
  } else {
    field = as;
  }
}

}  // namespace rfi::allowlist
