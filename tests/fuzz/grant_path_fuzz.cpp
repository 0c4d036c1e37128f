// Paths of `requested`: any text is either taken apart without loss, or refused at a place in it.
// The grammar is written down a second time here, as a regular expression.
#include "fuzz/fuzz_target.hpp"

#include "rfi/allowlist/grant_path.hpp"

#include <regex>
#include <string>
#include <variant>

namespace {

using rfi::allowlist::GrantPath;
using rfi::allowlist::PathFault;
using rfi::fuzz::require;

/// std::regex recurses per character.
constexpr std::size_t kLongestForRegex = 300;

bool is_path(const std::string& text) {
  static const std::regex grammar(
      R"re((?:associated_party_attachments\[[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\]\.)?)re"
      R"re((?!(?:associated_party_attachments)(?:[\[.]|$))([A-Za-z0-9_]+)(?:\[[A-Za-z0-9_]+\])?(?:\.[A-Za-z0-9_]+)?)re");
  std::smatch parts;
  if (!std::regex_match(text, parts, grammar)) {
    return false;
  }
  return text.find("].") == std::string::npos ||
         !text.starts_with("associated_party_attachments[") || parts[1] != "associated_party_id";
}

std::string put_together(const GrantPath& path) {
  std::string text;
  if (path.party) {
    text.append("associated_party_attachments[").append(*path.party).append("].");
  }
  text.append(path.section);
  if (path.type) {
    text.append("[").append(*path.type).append("]");
  }
  if (path.field) {
    text.append(".").append(*path.field);
  }
  return text;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto text = rfi::fuzz::text_of(bytes, size);
  const auto parsed = rfi::allowlist::parse_grant_path(text);
  if (const auto* path = std::get_if<GrantPath>(&parsed)) {
    require(put_together(*path) == text, "a path loses nothing when it is taken apart");
  } else {
    const auto& fault = std::get<PathFault>(parsed);
    require(fault.column >= 1 && fault.column <= size + 1,
            "a fault lies in the text or just behind it");
    require(!fault.reason.empty(), "a fault has a reason");
  }
  if (size <= kLongestForRegex) {
    require(is_path(std::string{text}) == std::holds_alternative<GrantPath>(parsed),
            "the grammar is the one that is written down");
  }
  return 0;
}
