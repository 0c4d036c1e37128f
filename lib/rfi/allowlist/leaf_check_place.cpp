#include "rfi/allowlist/leaf_check_place.hpp"

#include <algorithm>

namespace rfi::allowlist::leaf_check {
namespace {

std::string_view shown(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const bool plain =
      !name.empty() && name.size() <= kLongest && std::ranges::all_of(name, is_plain);
  return plain ? name : "?";
}

void append(std::string& path, const Place& place) {
  if (place.parent != nullptr) {
    append(path, *place.parent);
  }
  if (place.index) {
    path += '[';
    path += std::to_string(*place.index);
    path += ']';
    return;
  }
  if (!path.empty()) {
    path += '.';
  }
  path += shown(place.name);
}

}  // namespace

std::string text_of(const Place& place) {
  std::string path;
  append(path, place);
  return path;
}

}  // namespace rfi::allowlist::leaf_check
