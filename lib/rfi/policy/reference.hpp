// What may be the reference of an RFI: the name by which producers and operators know it.
#pragma once

#include <optional>
#include <string_view>

namespace rfi::policy {

/// Why `reference` will not do, as the end of a sentence ("must ..."); nothing when it will. It may
/// become the value of a header (`api.idempotency_header`), so no control character may be in it.
/// Never holds the value.
[[nodiscard]] std::optional<std::string_view> reference_fault(std::string_view reference);

}  // namespace rfi::policy
