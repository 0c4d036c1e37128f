// The Retry-After header: how long the API asks us to stay away.
#pragma once

#include "rfi/policy/attempt_result.hpp"
#include "rfi/policy/utc_time.hpp"

#include <optional>
#include <string_view>

namespace rfi::policy {

/// Reads `Retry-After` in both forms of RFC 9110 10.2.3 (seconds, HTTP-date). A date counts from
/// the answer's own `Date` where it has one, so that a wrong local clock does no harm, else from
/// `now`; a date in the past is no pause. More than 24 h is cut to that and marked. Nothing for a
/// value that is neither.
[[nodiscard]] std::optional<RetryAfter> parse_retry_after(std::string_view value,
                                                          std::string_view date_header,
                                                          UtcTime now);

}  // namespace rfi::policy
