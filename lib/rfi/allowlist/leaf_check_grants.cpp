#include "rfi/allowlist/leaf_check_grants.hpp"

#include <algorithm>

namespace rfi::allowlist::leaf_check {
namespace {

namespace json = boost::json;

constexpr std::size_t kUuidLength = 36;

bool is_hexadecimal(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// 8-4-4-4-12 hexadecimal digits.
bool has_form_of_uuid(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hexadecimal(text[i])) {
      return false;
    }
  }
  return text.size() == kUuidLength;
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Takes the longest run of word characters off the front of `rest`.
std::string_view take_word(std::string_view& rest) {
  std::size_t length = 0;
  while (length < rest.size() && is_word(rest[length])) {
    ++length;
  }
  const std::string_view word = rest.substr(0, length);
  rest.remove_prefix(length);
  return word;
}

bool take(std::string_view& rest, std::string_view expected) {
  if (!rest.starts_with(expected)) {
    return false;
  }
  rest.remove_prefix(expected.size());
  return true;
}

bool is_absent(const json::value* value) {
  return value == nullptr || value->is_null();
}

std::string_view view_of(const json::string& text) {
  return {text.data(), text.size()};
}

// The text of a member that must be there, be a string and not be empty.
std::optional<std::string_view> text_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_string() || value->get_string().empty()) {
    return std::nullopt;
  }
  return view_of(value->get_string());
}

// An array that must be there and not be empty.
const json::array* list_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  const json::array* const list = value == nullptr ? nullptr : value->if_array();
  return list == nullptr || list->empty() ? nullptr : list;
}

std::optional<Sides> sides_of(const json::object& field) {
  const json::value* const side = field.if_contains("side");
  if (is_absent(side)) {
    return kEverySide;
  }
  const json::string* const text = side->if_string();
  if (text != nullptr && *text == "FRONT") {
    return kFront;
  }
  if (text != nullptr && *text == "BACK") {
    return kBack;
  }
  return std::nullopt;
}

// `scope` may be left out; where it stands it must agree with the party.
bool scope_agrees(const json::value* scope, bool has_party) {
  if (is_absent(scope)) {
    return true;
  }
  const json::string* const text = scope->if_string();
  return text != nullptr && *text == (has_party ? "ASSOCIATED_PARTY" : "CUSTOMER");
}

bool is_section(std::string_view name) {
  constexpr std::array<std::string_view, 12> kSections{"proof_of_identity",
                                                       "proof_of_address",
                                                       kTermsSection,
                                                       "company_details",
                                                       "ownership_structure",
                                                       "legal_presence",
                                                       "formation_documents",
                                                       "ownership_documents",
                                                       "supporting_documents",
                                                       "identifying_documents",
                                                       "address_documents",
                                                       "tax_info"};
  return std::ranges::find(kSections, name) != kSections.end();
}

}  // namespace

Party::Party(std::string_view id) : id_(id), is_uuid_(has_form_of_uuid(id)) {}

std::strong_ordering operator<=>(const Party& left, const Party& right) {
  if (left.is_uuid_ != right.is_uuid_) {
    return left.is_uuid_ ? std::strong_ordering::greater : std::strong_ordering::less;
  }
  if (!left.is_uuid_) {
    return left.id_ <=> right.id_;
  }
  const auto folded = [](char a, char b) { return lower(a) <=> lower(b); };
  return std::lexicographical_compare_three_way(
      left.id_.begin(), left.id_.end(), right.id_.begin(), right.id_.end(), folded);
}

Grants::Grants(const json::array& requested, const Settings& settings) : settings_(&settings) {
  entries_.reserve(requested.size() * 2);
  for (std::size_t i = 0; i < requested.size(); ++i) {
    const json::value& element = requested[i];
    const json::object* const item = element.if_object();
    const json::string* const path = element.if_string();
    const bool readable =
        (item != nullptr && read_item(*item)) || (path != nullptr && read_path(view_of(*path)));
    if (!readable) {
      unreadable_ = i;
      return;
    }
  }
  std::ranges::sort(entries_, {}, &Entry::target);
  std::size_t kept = 0;
  for (const Entry& entry : entries_) {
    if (kept > 0 && entries_[kept - 1].target == entry.target) {
      entries_[kept - 1].sides |= entry.sides;
    } else {
      entries_[kept++] = entry;
    }
  }
  entries_.resize(kept);
}

Sides Grants::of(const Target& target) const {
  const auto found = std::ranges::lower_bound(entries_, target, {}, &Entry::target);
  return found != entries_.end() && found->target == target ? found->sides : kNoSide;
}

bool Grants::read_item(const json::object& item) {
  Target place;
  const bool has_party = !is_absent(item.if_contains("associated_party_id"));
  if (has_party) {
    const auto id = text_of(item, "associated_party_id");
    if (!id) {
      return false;
    }
    place.party = Party(*id);
  }
  const auto section = text_of(item, "section");
  const json::array* const categories = list_of(item, "categories");
  if (!section || categories == nullptr || !scope_agrees(item.if_contains("scope"), has_party)) {
    return false;
  }
  place.section = *section;
  return std::ranges::all_of(
      *categories, [&](const json::value& category) { return read_category(place, category); });
}

bool Grants::read_category(const Target& place, const json::value& category) {
  const json::object* const object = category.if_object();
  if (object == nullptr) {
    return false;
  }
  const auto type = text_of(*object, "document_type");
  const json::array* const fields = list_of(*object, "fields");
  if (!type || fields == nullptr) {
    return false;
  }
  return std::ranges::all_of(*fields, [&](const json::value& field) {
    const json::object* const asked = field.if_object();
    if (asked == nullptr) {
      return false;
    }
    const auto name = text_of(*asked, "field_name");
    const auto sides = sides_of(*asked);
    if (!name || !sides) {
      return false;
    }
    Target target = place;
    target.type = *type;
    target.field = *name;
    return add(target, *sides);
  });
}

bool Grants::read_path(std::string_view path) {
  Target target;
  std::string_view rest = path;
  if (take(rest, kAttachments) && take(rest, "[")) {
    target.party = Party(rest.substr(0, std::min(rest.size(), kUuidLength)));
    if (!target.party.is_uuid()) {
      return false;
    }
    rest.remove_prefix(kUuidLength);
    if (!take(rest, "].")) {
      return false;
    }
  } else {
    rest = path;
  }
  target.section = take_word(rest);
  if (target.section.empty()) {
    return false;
  }
  if (take(rest, "[")) {
    target.type = take_word(rest);
    if (target.type.empty() || !take(rest, "]")) {
      return false;
    }
  }
  if (take(rest, ".")) {
    target.field = take_word(rest);
    if (target.field.empty()) {
      return false;
    }
  }
  return rest.empty() && add(target, kEverySide);
}

bool Grants::add(Target target, Sides sides) {
  target = moved(target);
  const bool has_party = !target.party.empty();
  const auto is = [&](std::string_view section) { return target.section == section; };
  const bool ambiguous = !has_party && (is("identifying_documents") || is("address_documents"));
  const bool is_address = is(kAttachments) || (has_party && is(kPartyId));
  if (ambiguous || is_address || is("tax_info") || target.field == "text") {
    return false;
  }
  const bool is_generic_type = is_generic(target);
  if (is_generic_type) {
    target.type = {};
  }
  if (target.section == kTermsSection) {
    // A string has no documents in it: another type, another field is nothing that exists.
    if ((!target.type.empty() && target.type != "TOS") ||
        (!target.field.empty() && target.field != kTermsSection)) {
      return true;
    }
    target.type = {};
    target.field = {};
  }
  Sides granted = target.field == "files" ? sides : kEverySide;
  if (target.type.empty() && target.field.empty() && !is_generic_type) {
    granted |= kWholeSection;
  }
  entries_.push_back({.target = target, .sides = granted});
  return true;
}

Target Grants::moved(Target target) const {
  for (const Alias& alias : settings_->aliases) {
    if (alias.section != target.section || (alias.field && *alias.field != target.field)) {
      continue;
    }
    const std::string_view as = alias.as;
    const std::size_t dot = as.find('.');
    if (dot != std::string_view::npos) {
      target.section = as.substr(0, dot);
      target.field = as.substr(dot + 1);
    } else if (is_section(as)) {
      target.section = as;
    } else {
      target.field = as;
    }
    break;
  }
  return target;
}

bool Grants::is_generic(const Target& target) const {
  const auto found = settings_->generic_types.find(target.type);
  return found != settings_->generic_types.end() &&
         std::ranges::find(found->second, target.section) != found->second.end();
}

}  // namespace rfi::allowlist::leaf_check
