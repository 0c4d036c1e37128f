#include "fuzz/projection_promises.hpp"

#include "fuzz/fuzz_target.hpp"

#include "rfi/allowlist/grant.hpp"
#include "rfi/allowlist/json_text.hpp"
#include "rfi/allowlist/leaf_check.hpp"
#include "rfi/allowlist/names.hpp"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

namespace rfi::fuzz {
namespace {

using allowlist::Grant;
using allowlist::JsonText;
using allowlist::Policy;
using allowlist::Projection;
using allowlist::Settings;

/// Every name and every scalar of a text, byte for byte, in its order.
void collect(const JsonText::Value& value, std::vector<std::string_view>& tokens) {
  if (!value.name_text().empty()) {
    tokens.push_back(value.name_text());
  }
  if (value.is(allowlist::Kind::object) || value.is(allowlist::Kind::array)) {
    for (const auto child : value.children()) {
      collect(child, tokens);
    }
  } else {
    tokens.push_back(value.text());
  }
}

std::vector<std::string_view> tokens_of(std::string_view text) {
  const auto parsed = JsonText::parse(text);
  require(std::holds_alternative<JsonText>(parsed), "the body and the documents are JSON");
  std::vector<std::string_view> tokens;
  collect(std::get<JsonText>(parsed).root(), tokens);
  return tokens;
}

/// True if `part` is `whole` with nothing changed, moved or added, only left out.
bool is_left_of(std::string_view part, std::string_view whole) {
  const auto kept = tokens_of(part);
  const auto all = tokens_of(whole);
  auto at = all.begin();
  for (const auto token : kept) {
    at = std::find(at, all.end(), token);
    if (at == all.end()) {
      return false;
    }
    ++at;
  }
  return true;
}

struct SentPath {
  std::string party;  // in lower case
  std::string_view section;
  std::string_view field;
};

SentPath taken_apart(std::string_view path) {
  SentPath sent;
  const std::string begin = std::string{allowlist::kAttachments} + "[";
  if (path.starts_with(begin)) {
    path.remove_prefix(begin.size());
    const std::size_t end = path.find("].");
    std::string room;
    sent.party = allowlist::party_key(path.substr(0, end), room);
    path.remove_prefix(std::min(path.size(), end + 2));
  }
  sent.section = path.substr(0, path.find_first_of("[."));
  path.remove_prefix(sent.section.size());
  if (const std::size_t dot = path.rfind('.'); dot != std::string_view::npos) {
    sent.field = path.substr(dot + 1);
  }
  return sent;
}

bool is_granted(std::string_view path, const std::vector<Grant>& grants, Policy policy) {
  // A name that may not be shown is a question mark, a party's id that is no UUID as well.
  if (path.find('?') != std::string_view::npos) {
    return true;
  }
  const SentPath sent = taken_apart(path);
  return std::ranges::any_of(grants, [&](const Grant& grant) {
    const bool files = grant.field == "files" && policy == Policy::document;
    return grant.party.value_or("") == sent.party && grant.section == sent.section &&
           (!grant.field || *grant.field == sent.field || grant.section == sent.field || files ||
            sent.field.empty());
  });
}

void check_paths(const Projection& projection,
                 std::string_view requested,
                 const Settings& settings) {
  const allowlist::Requested asked = allowlist::read_requested(requested, settings);
  const std::vector<Grant> grants{asked.grants.all().begin(), asked.grants.all().end()};
  require(asked.problems.empty(), "nothing is sent for a request that cannot be read");
  require(!projection.sent.empty(), "a body holds something that was asked for");
  for (const std::string& path : projection.sent) {
    require(is_granted(path, grants, settings.policy), "a path that is sent was granted");
  }
}

void check_words(const Projection& projection) {
  for (const auto* paths : {&projection.sent, &projection.withheld, &projection.unmet}) {
    for (const std::string& path : *paths) {
      require(is_clean_text(path), "a path may stand in a log line");
    }
  }
  require(
      !projection.refusal || (!projection.refusal->empty() && is_clean_text(*projection.refusal)),
      "a refusal may stand in a log line");
}

/// Sent again from what was sent, it must be the same: nothing was let through that would not be
/// let through alone.
void check_again(const Projection& first, std::string_view requested, Settings settings) {
  settings.partial = allowlist::Partial::send;
  const Projection second = allowlist::project(requested, first.body, settings);
  require(!second.refusal && second.body == first.body, "a body is let through as a whole");
  require(second.withheld.empty(), "nothing of a body is withheld");
  require(second.unmet == first.unmet, "a body meets the grants that the documents met");
}

void check_policies(const Projection& strict,
                    std::string_view requested,
                    std::string_view documents,
                    Settings settings) {
  settings.policy = Policy::document;
  const Projection wide = allowlist::project(requested, documents, settings);
  require(wide.refusal || is_left_of(strict.body, wide.body),
          "the wider policy lets through no less");
}

}  // namespace

Projection check_projection(std::string_view requested,
                            std::string_view documents,
                            const Settings& settings) {
  Projection projection = allowlist::project(requested, documents, settings);
  const Projection again = allowlist::project(requested, documents, settings);
  require(projection.body == again.body && projection.refusal == again.refusal &&
              projection.sent == again.sent && projection.withheld == again.withheld &&
              projection.unmet == again.unmet,
          "the same row gives the same answer");
  check_words(projection);
  if (projection.refusal) {
    return projection;
  }
  const auto uncovered = allowlist::uncovered_leaves(projection.body, requested, settings);
  require(uncovered.empty(), "the second check finds nothing that nobody asked for");
  require(projection.body.size() <= settings.max_body_bytes, "a body is no longer than it may be");
  require(settings.partial == allowlist::Partial::send || projection.unmet.empty(),
          "what is missing refuses the row");
  require(is_left_of(projection.body, documents),
          "a body is the documents with something left out");
  check_paths(projection, requested, settings);
  check_again(projection, requested, settings);
  if (settings.policy == Policy::strict) {
    check_policies(projection, requested, documents, settings);
  }
  return projection;
}

}  // namespace rfi::fuzz
