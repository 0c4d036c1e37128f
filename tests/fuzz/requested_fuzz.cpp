// `requested` as any text: the builder and the second check read it with code of their own and must
// agree on what can be read at all. A first line picks the settings.
#include "fuzz/fuzz_target.hpp"

#include "rfi/allowlist/grant.hpp"
#include "rfi/allowlist/grant_path.hpp"
#include "rfi/allowlist/json_text.hpp"
#include "rfi/allowlist/leaf_check.hpp"

#include <string>
#include <variant>

namespace {

using rfi::allowlist::Grant;
using rfi::fuzz::require;

rfi::allowlist::Settings settings_of(std::string_view line) {
  rfi::allowlist::Settings settings;
  if (line.find('a') != std::string_view::npos) {
    settings.aliases = {{"tax_info", std::nullopt, "supporting_documents"},
                        {"proof_of_identity", "text", "number"},
                        {"identifying_documents", "text", "proof_of_identity.number"}};
  }
  if (line.find('g') != std::string_view::npos) {
    settings.generic_types["ANY"] = {"supporting_documents", "future_documents"};
  }
  return settings;
}

bool check_can_read(std::string_view requested, const rfi::allowlist::Settings& settings) {
  const auto found =
      rfi::allowlist::uncovered_leaves(R"({"nobody_asked_for_this":""})", requested, settings);
  return found.empty() || !found.front().starts_with("requested");
}

/// The second check reads it, and finds that nothing of a body was asked for.
bool is_empty_list(std::string_view text) {
  const auto parsed = rfi::allowlist::JsonText::parse(text);
  const auto* json = std::get_if<rfi::allowlist::JsonText>(&parsed);
  return json != nullptr && json->root().is(rfi::allowlist::Kind::array) &&
         !json->root().has_value();
}

/// The range of numbers is judged by the builder alone: none of them is a grant.
bool names_a_number(std::string_view problem) {
  return problem.find("a number that cannot be carried exactly") != std::string_view::npos;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto pieces = rfi::fuzz::pieces_of(rfi::fuzz::text_of(bytes, size), 2);
  const auto settings = settings_of(pieces[0]);
  const auto asked = rfi::allowlist::read_requested(pieces[1], settings);
  const bool stricter = is_empty_list(pieces[1]) || names_a_number(asked.problems.text());
  require(asked.problems.empty() ? check_can_read(pieces[1], settings)
                                 : stricter || !check_can_read(pieces[1], settings),
          "the builder and the second check can read the same requests");
  if (!asked.problems.empty()) {
    require(rfi::fuzz::is_clean_text(asked.problems.text()), "a problem may stand in a log line");
    return 0;
  }
  require(!asked.grants.all().empty(), "a request that can be read asks for something");
  for (const Grant& grant : asked.grants.all()) {
    require(!grant.section.empty() && grant.type != "" && grant.field != "" && grant.party != "",
            "any is an absent value, never an empty one");
    const std::string path = rfi::allowlist::path_of(grant);
    require(rfi::fuzz::is_clean_text(path), "a grant's path may stand in a log line");
    require(
        path.find('?') != std::string::npos || std::holds_alternative<rfi::allowlist::GrantPath>(
                                                   rfi::allowlist::parse_grant_path(path)),
        "a grant's path is a path");
  }
  return 0;
}
