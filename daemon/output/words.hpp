// Times, durations and the text of others as they stand in the output for people.
#pragma once

#include "rfi/policy/utc_time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace rfi::daemon {

/// What a command prints: text for people or one JSON text for programs.
enum class Output { text, json };

/// `text` with everything escaped that acts on a terminal or ends a line.
[[nodiscard]] std::string printable(std::string_view text);

/// RFC 3339, or `-`.
[[nodiscard]] std::string time_words(std::optional<policy::UtcTime> time);

/// The two largest units: `350 ms`, `12 s`, `3 min 5 s`, `2 h 10 min`, `5 d 3 h`. Negative ones as
/// their absolute value.
[[nodiscard]] std::string duration_words(std::chrono::milliseconds duration);

}  // namespace rfi::daemon
