// The migrations as they were compiled in. migrations.cpp is generated from migrations/NNNN_*.sql.
#pragma once

#include <span>
#include <string_view>

namespace rfi::queue {

/// The SQL of each migration; element n brings version n to n + 1.
[[nodiscard]] std::span<const std::string_view> migrations();

}  // namespace rfi::queue
