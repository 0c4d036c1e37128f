// The members of one JSON object with the exact text of each value, so that what a producer wrote
// can be stored as it came.
#pragma once

#include "rfi/allowlist/json_text.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rfi::daemon {

struct JsonMember {
  std::string name;        ///< unescaped
  std::string_view value;  ///< the bytes of the value, without space around them
  std::size_t at = 0;      ///< of the value in the text, counted from 0
};

/// Splits the outermost object of `text`. Values are judged on their own: by check_json() or by
/// whoever reads them. Equal names are kept; the caller decides. The fault names the byte, counted
/// from 1. The members are views of `text`.
[[nodiscard]] std::variant<std::vector<JsonMember>, allowlist::JsonFault> members_of(
    std::string_view text);

/// The first fault of one JSON value: syntax, UTF-8, equal names, numbers that cannot be carried,
/// nesting deeper than 32.
[[nodiscard]] std::optional<allowlist::JsonFault> check_json(std::string_view value);

/// What a JSON string says; nothing when `value` is no valid JSON string.
[[nodiscard]] std::optional<std::string> string_of(std::string_view value);

}  // namespace rfi::daemon
