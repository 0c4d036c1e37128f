// The classification: answer or failure -> outcome and whom it condemns. The one switch over status
// codes.
#pragma once

#include "rfi/policy/attempt_result.hpp"
#include "rfi/policy/vocabulary.hpp"

#include <string>

namespace rfi::policy {

/// Who is condemned by an outcome. `either`: the answer speaks of a wrong row as likely as of a
/// wrong key or path.
enum class Blame { none, item, destination, either };

struct Verdict {
  Outcome outcome = Outcome::unknown;
  Blame blame = Blame::none;
  std::string error;  ///< class of the failure, empty after a complete and understood answer
  std::string
      detail;  ///< for a human; empty where the answer's own words are needed (see refusal.hpp)
  bool operator==(const Verdict&) const = default;
};

/// Judges one attempt. The status table is the contract's: 2xx accepted only with an empty body or
/// a JSON object, 401 unauthorized, 408/409/425/429 throttled, 5xx unavailable, other 4xx and 3xx
/// rejected, anything else unknown.
[[nodiscard]] Verdict classify(const AttemptResult& result);

}  // namespace rfi::policy
