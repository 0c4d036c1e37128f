// Any two texts as `requested` and `documents`. A first line picks the settings.
#include "fuzz/fuzz_target.hpp"
#include "fuzz/projection_promises.hpp"

#include "rfi/allowlist/leaf_check.hpp"

namespace {

rfi::allowlist::Settings settings_of(std::string_view line) {
  rfi::allowlist::Settings settings;
  for (const char c : line) {
    switch (c) {
      case 'd':
        settings.policy = rfi::allowlist::Policy::document;
        break;
      case 'p':
        settings.partial = rfi::allowlist::Partial::send;
        break;
      case 'f':
        settings.extra_fields = {"note"};
        break;
      case 'a':
        settings.aliases = {{"tax_info", std::nullopt, "supporting_documents"},
                            {"proof_of_identity", "text", "number"}};
        break;
      case 's':
        settings.max_body_bytes = 100;
        break;
      default:
        break;
    }
  }
  return settings;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto pieces = rfi::fuzz::pieces_of(rfi::fuzz::text_of(bytes, size), 3);
  const auto settings = settings_of(pieces[0]);
  (void)rfi::fuzz::check_projection(pieces[1], pieces[2], settings);
  // The second check has to stand on any text by itself: it is the last one before the wire.
  for (const auto& path : rfi::allowlist::uncovered_leaves(pieces[2], pieces[1], settings)) {
    rfi::fuzz::require(rfi::fuzz::is_clean_text(path),
                       "what the second check says may stand in a log line");
  }
  return 0;
}
