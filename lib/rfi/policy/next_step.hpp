// What becomes of a row when an attempt on it has ended.
#pragma once

#include "rfi/policy/utc_time.hpp"
#include "rfi/policy/vocabulary.hpp"

#include <optional>
#include <string>
#include <variant>

namespace rfi::policy {

/// The row is finished: `submitted`, or `failed` with a reason.
struct Finish {
  RfiState state = RfiState::submitted;
  std::optional<Failure> failure;
  std::string detail;  ///< one sentence for a human, never a value of a document
  bool operator==(const Finish&) const = default;
};

/// The row goes back to `pending` and is due again at `due`.
struct RetryAt {
  UtcTime due{};
  std::string detail;
  bool operator==(const RetryAt&) const = default;
};

/// The same bytes go again at once under a new attempt row (after a 401); it costs none of the
/// row's attempts.
struct Resend {
  bool operator==(const Resend&) const = default;
};

using NextStep = std::variant<Finish, RetryAt, Resend>;

}  // namespace rfi::policy
