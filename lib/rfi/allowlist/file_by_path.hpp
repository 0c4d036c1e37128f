// Files that are given by path: where in a body the uri of each will stand once it is uploaded.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rfi::allowlist {

/// One file that is uploaded before the body can be sent.
struct FileByPath {
  std::size_t offset = 0;  ///< in the body: where kUriToCome stands
  std::string place;       ///< in `documents`, such as `proof_of_identity.files[0]`
  std::string path;        ///< below the upload directory; may be personal
  bool operator==(const FileByPath&) const = default;
};

/// What stands in a body instead of a uri that is not known yet. A body with one in it never
/// leaves.
inline constexpr std::string_view kUriToCome = "\"<uri to come>\"";

/// A uri and the offset of the placeholder that it replaces.
struct UriAt {
  std::size_t offset = 0;
  std::string_view uri;
};

/// `body` with its uris, which must come in the order of their offsets. Nothing else changes.
[[nodiscard]] std::string with_uris(std::string_view body, std::span<const UriAt> uris);

}  // namespace rfi::allowlist
