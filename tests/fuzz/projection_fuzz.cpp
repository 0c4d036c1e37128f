// RFIs built from decisions: everything that the allowlist promises, and that no path and no
// refusal shows a value.
#include "fuzz/fuzz_target.hpp"
#include "fuzz/made_rfi.hpp"
#include "fuzz/projection_promises.hpp"

#include "rfi/allowlist/leaf_check.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace {

using rfi::fuzz::require;

bool shows_a_value(const std::vector<std::string>& texts) {
  return std::ranges::any_of(texts, [](const std::string& text) {
    return text.find(rfi::fuzz::kValueMark) != std::string::npos;
  });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  rfi::fuzz::Choices choices{bytes, size};
  const auto settings = rfi::fuzz::make_settings(choices);
  const std::string requested = rfi::fuzz::make_requested(choices);
  const std::string documents = rfi::fuzz::make_documents(choices);
  const auto projection = rfi::fuzz::check_projection(requested, documents, settings);
  require(!shows_a_value(projection.sent) && !shows_a_value(projection.withheld) &&
              !shows_a_value(projection.unmet) && !shows_a_value({projection.refusal.value_or("")}),
          "no path and no refusal shows a value");
  require(!shows_a_value(rfi::allowlist::uncovered_leaves(documents, requested, settings)),
          "the second check shows no value");
  return 0;
}
