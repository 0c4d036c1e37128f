// Where the independent check stands in a body, and how it names that place.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rfi::allowlist::leaf_check {

/// One step of the way from the outermost value; a chain on the stack, made into text only for what
/// is reported.
struct Place {
  const Place* parent = nullptr;  ///< none: a member of the outermost object
  std::string_view name;
  std::optional<std::size_t> index;  ///< set for an element of an array, which has no name
};

/// The places inside `parent`, which must outlive them.
[[nodiscard]] inline Place member_at(const Place& parent, std::string_view name) {
  return {.parent = &parent, .name = name, .index = std::nullopt};
}
[[nodiscard]] inline Place element_at(const Place& parent, std::size_t index) {
  return {.parent = &parent, .name = {}, .index = index};
}

/// `section[0].field`. A name that is not `[A-Za-z0-9_]{1,64}` is shown as `?`: a producer could
/// have put a value there.
[[nodiscard]] std::string text_of(const Place& place);

}  // namespace rfi::allowlist::leaf_check
