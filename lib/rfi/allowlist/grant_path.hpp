// The path form of a grant: ["associated_party_attachments[" uuid "]."] name ["[" type "]"] ["."
// name].
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

namespace rfi::allowlist {

/// A path taken apart; views of its text.
struct GrantPath {
  std::optional<std::string_view> party;
  std::string_view section;
  std::optional<std::string_view> type;
  std::optional<std::string_view> field;
};

/// Why a text is no path, and at which byte of it (counted from 1).
struct PathFault {
  std::size_t column = 0;
  std::string_view reason;
};

[[nodiscard]] std::variant<GrantPath, PathFault> parse_grant_path(std::string_view text);

}  // namespace rfi::allowlist
