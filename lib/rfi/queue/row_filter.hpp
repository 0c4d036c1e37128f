// Which rows an operator means: what is absent holds for all of them.
#pragma once

#include "rfi/policy/utc_time.hpp"
#include "rfi/policy/vocabulary.hpp"
#include "rfi/queue/lookup.hpp"

#include <optional>
#include <string>

namespace rfi::queue {

struct RowFilter {
  std::optional<policy::RfiState> state = std::nullopt;
  std::optional<policy::Failure> failure = std::nullopt;
  std::optional<std::string> customer_id = std::nullopt;  ///< a UUID in any case
  std::optional<policy::UtcTime> queued_before = std::nullopt;
  std::optional<policy::UtcTime> queued_after = std::nullopt;
  std::optional<policy::UtcTime> deadline_before = std::nullopt;  ///< rows without one do not match
};

[[nodiscard]] bool matches(const RowFilter& filter, const RfiRow& row);

}  // namespace rfi::queue
