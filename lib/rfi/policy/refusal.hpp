// What may be kept of an answer that says no: the API's message and the names it complains about,
// never a value.
#pragma once

#include <string>
#include <string_view>

namespace rfi::policy {

/// One line for `detail`: the answer's message and the names of its `data`, `errors` or `details`
/// map, from any of the five error shapes the API has ({message}, {message, errors[]}, {status,
/// message, data{}}, {error{code, message}}, {error, message}). Every value that stands in
/// `sent_body` is replaced by `…`, control characters are escaped, and the line is cut to 200 bytes
/// at a character's border. An answer that is no JSON yields only that fact.
[[nodiscard]] std::string refusal_detail(unsigned status,
                                         std::string_view answer,
                                         std::string_view sent_body);

}  // namespace rfi::policy
