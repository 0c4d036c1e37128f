// A look at a customer and what it decides: nothing to send any more, send, or look again later.
// Pure.
#pragma once

#include "rfi/allowlist/catalogue.hpp"
#include "rfi/api/api_port.hpp"
#include "rfi/policy/outcome.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/service/ended_attempt.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rfi::service {

/// The error class of an attempt that was not made because the look before it failed.
inline constexpr std::string_view kLookFailed = "look";

enum class LookResult {
  landed,  ///< nothing that was asked for is open any more
  open,    ///< something is
  failed   ///< it could not be found out
};

struct JudgedLook {
  LookResult result = LookResult::failed;
  policy::Verdict verdict;  ///< of the GET as a request: what it says about the destination
  std::string detail;       ///< why it failed
  std::optional<unsigned> http_status;
  std::optional<policy::RetryAfter> retry_after;
};

/// Judges the answer to a look at the customer of `claim`.
[[nodiscard]] JudgedLook judge_look(const api::AttemptReport& report,
                                    const queue::Claim& claim,
                                    const allowlist::Settings& settings);

/// The end of an attempt of which a look found that nothing is left to send: `confirmed`.
[[nodiscard]] EndedAttempt end_confirmed(OpenRow row,
                                         const api::AttemptReport& report,
                                         const Circumstances& circumstances);

/// The end of an attempt that was not made, because the look before it failed: taken back, and
/// looked at again after backoff. `failed_looks` counts those in a row, this one included.
[[nodiscard]] EndedAttempt end_unlooked(const policy::RetrySettings& settings,
                                        OpenRow row,
                                        const api::AttemptReport& report,
                                        const JudgedLook& look,
                                        std::int64_t failed_looks,
                                        const Circumstances& circumstances);

/// What a look after a refusal makes of it: an earlier attempt had landed (a row of its own says
/// so), or the refusal stands, or it is not final before a look has succeeded.
void reconsider(EndedAttempt& ended,
                const policy::RetrySettings& settings,
                const JudgedLook& look,
                const Circumstances& circumstances);

}  // namespace rfi::service
