// What a file is, by its first bytes: its name is never asked. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace rfi::upload {

/// The kinds of file that the API takes.
enum class ContentType { pdf, jpeg, png };

/// So many first bytes decide.
inline constexpr std::size_t kMagicBytes = 8;

/// Nothing for a file that is none of them. `beginning`: at least kMagicBytes, or the whole file.
[[nodiscard]] std::optional<ContentType> content_type_of(std::string_view beginning);

/// `application/pdf`, ...
[[nodiscard]] std::string_view media_type(ContentType type);
/// `pdf`, `jpg`, `png`: of the neutral name that goes to the API.
[[nodiscard]] std::string_view extension(ContentType type);

}  // namespace rfi::upload
