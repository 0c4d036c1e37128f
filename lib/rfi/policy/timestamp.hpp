// Points in time as the API and HTTP write them.
#pragma once

#include "rfi/policy/utc_time.hpp"

#include <optional>
#include <string_view>

namespace rfi::policy {

/// Reads the API's own form `2025-09-03 08:50:57+00` (documented for token expiries) and its
/// relatives: `T` for the space, fractional seconds, `Z`, `+00:00`, `+0000`, other offsets. Nothing
/// for anything else.
[[nodiscard]] std::optional<UtcTime> parse_api_time(std::string_view text);

/// Reads an HTTP-date in its three forms (RFC 9110 5.6.7): IMF-fixdate, RFC 850, asctime. A
/// two-digit year is taken as the one nearest to `now`'s century rule of the RFC (not more than 50
/// years ahead).
[[nodiscard]] std::optional<UtcTime> parse_http_date(std::string_view text, UtcTime now);

}  // namespace rfi::policy
