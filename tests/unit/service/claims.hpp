// Claims as a queue would hand them out.
#pragma once

#include "rfi/queue/queue_port.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rfi::test {

/// A value that stands in every body and must never be seen anywhere else.
inline constexpr const char* kDocumentValue = "X1234567-secret";

/// The first attempt of row `id`; `reference` is `rfi-<id>`.
[[nodiscard]] queue::Claim claim(std::int64_t id);

/// Rows 1 to `count`.
[[nodiscard]] std::vector<queue::Claim> claims(std::int64_t count);

}  // namespace rfi::test
