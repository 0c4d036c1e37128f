// The words that stand in the queue, in the log and in the code: states, failures, outcomes.
// The enumerators are the strings; the conversions below are the only place where they meet.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace rfi::policy {

/// Where an RFI stands (`rfi.state`). The last three are final unless an operator retries.
enum class RfiState { pending, submitting, submitted, failed, cancelled };

/// Why an RFI is `failed` (`rfi.failure`).
enum class Failure {
  invalid,   ///< cannot be sent as it is
  rejected,  ///< the API said no
  expired,   ///< its deadline or its give-up age has passed
  exhausted  ///< its attempts are used up
};

inline constexpr std::array kAllFailures{
    Failure::invalid, Failure::rejected, Failure::expired, Failure::exhausted};

/// How one attempt ended (`attempt.outcome`).
enum class Outcome {
  accepted,      ///< 2xx with an empty body or a JSON object
  rejected,      ///< a 4xx about the request itself, or a redirect
  throttled,     ///< 408, 409, 425, 429
  unauthorized,  ///< 401
  unavailable,   ///< 5xx
  not_sent,      ///< failed before the first byte of the request left
  unknown,       ///< bytes left, no complete answer came
  confirmed      ///< a later look at the customer showed that it had landed
};

[[nodiscard]] std::string_view to_string(RfiState state);
[[nodiscard]] std::string_view to_string(Failure failure);
[[nodiscard]] std::string_view to_string(Outcome outcome);

/// The inverse of to_string; nothing for a word that is not in the vocabulary.
[[nodiscard]] std::optional<RfiState> rfi_state_from(std::string_view word);
[[nodiscard]] std::optional<Failure> failure_from(std::string_view word);
[[nodiscard]] std::optional<Outcome> outcome_from(std::string_view word);

}  // namespace rfi::policy
