// What single values of the configuration must look like. Each rule answers with what is expected,
// or with nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rfi::platform {

/// The end of a sentence that begins with the key's name ("must be ..."); nothing when the value
/// will do. Never holds the value.
using Complaint = std::optional<std::string>;

/// Not empty, no control characters.
[[nodiscard]] Complaint check_text(std::string_view text);

/// `https://host[:port][/path]`; `http://` only to localhost, 127.0.0.0/8 or [::1]. No user, query
/// or fragment.
[[nodiscard]] Complaint check_base_url(std::string_view text);

/// `http://host:port`. No user: credentials are a secret, and a proxy that wants some is not
/// served.
[[nodiscard]] Complaint check_proxy(std::string_view text);

/// A header name that is not one of those the daemon writes itself.
[[nodiscard]] Complaint check_header_name(std::string_view text);

/// A path that begins with a slash and holds `{customer_id}` once.
[[nodiscard]] Complaint check_look_path(std::string_view text);

/// A file of the operator's: absolute or beginning with `./` or `../`, so that a secret pasted in
/// place of its file's name is noticed before any message repeats it.
[[nodiscard]] Complaint check_explicit_path(std::string_view text);

/// A file that SQLite would take for a file.
[[nodiscard]] Complaint check_queue_path(std::string_view text);

/// Letters, digits and underscores: a section, a field or a document type.
[[nodiscard]] Complaint check_name(std::string_view text);

/// A name, or `section.field`.
[[nodiscard]] Complaint check_alias_target(std::string_view text);

/// Whether a key of this name would hold a secret.
[[nodiscard]] bool names_a_secret(std::string_view key);

}  // namespace rfi::platform
