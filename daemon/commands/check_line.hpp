// One finding of `check`.
#pragma once

#include "rfi/platform/config.hpp"

#include <string>
#include <vector>

namespace rfi::daemon {

enum class CheckResult { ok, problem };

struct CheckLine {
  std::string name;  ///< what was looked at: one word
  CheckResult result = CheckResult::ok;
  std::string detail;  ///< what was found and, for a problem, what to do
};

/// Connects to the API and asks for a token; sends nothing else. Never throws for network trouble.
[[nodiscard]] std::vector<CheckLine> check_api(const platform::Config& config);

/// What can be judged on this machine alone, in this order: secret, queue, journal, space, clock,
/// tls.
[[nodiscard]] std::vector<CheckLine> check_machine(const platform::Config& config);

}  // namespace rfi::daemon
