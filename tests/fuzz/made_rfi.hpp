// RFIs built from decisions: well-formed most of the time, so that a fuzzer spends its time in the
// rules and not in the syntax of JSON.
#pragma once

#include "fuzz/fuzz_target.hpp"

#include "rfi/allowlist/catalogue.hpp"

#include <string>
#include <string_view>

namespace rfi::fuzz {

/// Stands in every value of the documents but the structural ones: no message may show it.
inline constexpr std::string_view kValueMark = "~value";

/// A `requested` of up to five elements, in both forms.
[[nodiscard]] std::string make_requested(Choices& choices);

/// What a producer may hold: sections right and wrong, parties, files.
[[nodiscard]] std::string make_documents(Choices& choices);

[[nodiscard]] allowlist::Settings make_settings(Choices& choices);

}  // namespace rfi::fuzz
