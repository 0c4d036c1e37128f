// One document: which of its fields and files a set of grants lets through.
#pragma once

#include "rfi/allowlist/draft.hpp"
#include "rfi/allowlist/grant.hpp"
#include "rfi/allowlist/json_text.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace rfi::allowlist {

/// Adds the granted part of `document`, an object of type `type`, to the draft. `grants` are those
/// of its section. False if it holds no granted value: then what was added must be taken back.
[[nodiscard]] bool add_document(Draft& draft,
                                const JsonText::Value& document,
                                std::string_view section,
                                std::optional<std::string_view> type,
                                std::span<const Grant> grants);

}  // namespace rfi::allowlist
