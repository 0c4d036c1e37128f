#include "rfi/allowlist/draft.hpp"

#include "rfi/allowlist/catalogue.hpp"
#include "rfi/allowlist/grant.hpp"
#include "rfi/allowlist/json_text.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::allowlist {

void Draft::take_back(const Mark& mark) {
  body_.resize(mark.body);
  sent_.resize(mark.sent);
  withheld_.resize(mark.withheld);
  files_.resize(mark.files);
}

// A comma, unless this is the first in its container.
void Draft::separate() {
  if (!body_.empty() && body_.back() != '{' && body_.back() != '[' && body_.back() != ':') {
    body_ += ',';
  }
}

void Draft::open(char bracket) {
  separate();
  body_ += bracket;
}

void Draft::begin_member(const JsonText::Value& member) {
  separate();
  body_.append(member.name_text()).append(":");
}

void Draft::add_member(const JsonText::Value& member) {
  begin_member(member);
  body_.append(member.text());
}

void Draft::add_file_to_upload(std::string_view path) {
  separate();
  body_ += "\"uri\":";
  files_.push_back({body_.size(), path_, std::string(path)});
  body_ += kUriToCome;
}

Draft::Step::Step(Draft& draft,
                  std::string_view before,
                  std::string_view label,
                  std::string_view after)
    : draft_(draft), length_(draft.path_.size()) {
  draft.path_.append(before).append(label).append(after);
}

std::vector<const Grant*> Draft::unmet() const {
  std::vector<const Grant*> unmet;
  const auto all = grants_.all();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!met_[i]) {
      unmet.push_back(&all[i]);
    }
  }
  std::ranges::sort(unmet, [](const Grant* a, const Grant* b) { return a->order < b->order; });
  return unmet;
}

bool covers_type(const Grant& grant,
                 std::string_view section,
                 std::optional<std::string_view> type,
                 const Settings& settings) {
  // A generic type is "any" in its sections, so a document that names no type is covered too.
  return !grant.type || grant.type == type || is_generic_type(*grant.type, section, settings);
}

}  // namespace rfi::allowlist
