// The allowlist: the body of the PATCH is built here from `requested` and `documents` and nothing
// else. Pure; the independent check of the result is in leaf_check.hpp and shares no code with
// this.
#pragma once

#include "rfi/allowlist/catalogue.hpp"
#include "rfi/allowlist/file_by_path.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::allowlist {

/// What may be sent of `documents`, what stays here, and what is missing.
struct Projection {
  /// The exact bytes to send, but for the uris of `files`; empty when `refusal` is set and no body
  /// could be built.
  std::string body;
  std::vector<FileByPath> files;      ///< uploaded before `body` is complete, in its order
  std::vector<std::string> sent;      ///< paths in the body, in its order
  std::vector<std::string> withheld;  ///< paths of `documents` that are not sent, in their order
  std::vector<std::string> unmet;     ///< grants no document has a value for, as paths
  /// The same grants by Grant::order: two sides of one file are one path and two grants.
  std::vector<std::size_t> unmet_orders;
  /// Set when the row is `failed`/`invalid`: sentences with positions, never a value.
  std::optional<std::string> refusal;
};

/// Projects `documents` onto what `requested` grants (README.md beside this file). Never throws for
/// bad input. The same input gives the same bytes.
[[nodiscard]] Projection project(std::string_view requested,
                                 std::string_view documents,
                                 const Settings& settings);

}  // namespace rfi::allowlist
