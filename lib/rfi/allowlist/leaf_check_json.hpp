// Parsing for the independent check: Boost.JSON, with equal names in one object refused instead of
// the last one winning.
#pragma once

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string_view>

namespace rfi::allowlist::leaf_check {

/// Parses the whole of `text` into `resource`, which must outlive the value. Nothing when it is not
/// JSON, is nested deeper than 32, or when an object has two members of the same name. Never throws
/// for bad input.
[[nodiscard]] std::optional<boost::json::value> parse_strictly(std::string_view text,
                                                               boost::json::storage_ptr resource);

}  // namespace rfi::allowlist::leaf_check
