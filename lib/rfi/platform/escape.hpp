// Text of others made safe to stand between quotes in one line: it can neither end the line nor the
// quotes.
#pragma once

#include <string>
#include <string_view>

namespace rfi::platform {

/// Appends `text` with JSON escapes for quotes, backslashes, control characters (C0, DEL, C1), line
/// and paragraph separators and the marks that turn the direction of writing. Invalid UTF-8 becomes
/// U+FFFD. The result is valid UTF-8 and valid between the quotes of a JSON string.
void append_escaped(std::string& target, std::string_view text);

}  // namespace rfi::platform
