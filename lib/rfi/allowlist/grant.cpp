#include "rfi/allowlist/grant.hpp"

#include "rfi/allowlist/alias.hpp"
#include "rfi/allowlist/catalogue.hpp"
#include "rfi/allowlist/grant_path.hpp"
#include "rfi/allowlist/json_text.hpp"
#include "rfi/allowlist/names.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace rfi::allowlist {
namespace {

using Value = JsonText::Value;

auto place_of(const Grant& grant) {
  return std::tie(grant.party, grant.section);
}
auto content_of(const Grant& grant) {
  return std::tie(grant.party, grant.section, grant.type, grant.field, grant.side);
}

// Where in `requested` something stands; spelled out only when there is something to say about it.
struct Position {
  std::size_t item = 0;
  std::optional<std::size_t> category;
  std::optional<std::size_t> field;

  [[nodiscard]] std::string text() const {
    std::string text = "requested[" + std::to_string(item) + "]";
    if (category) {
      text += ".categories[" + std::to_string(*category) + "]";
    }
    if (field) {
      text += ".fields[" + std::to_string(*field) + "]";
    }
    return text;
  }
};

class RequestedReader {
 public:
  RequestedReader(const Settings& settings, Requested& out) : settings_(settings), out_(out) {}

  void read(const Value& root) {
    if (!root.is(Kind::array)) {
      out_.problems.add("requested: must be an array of items or paths");
      return;
    }
    if (root.children().empty()) {
      out_.problems.add("requested: asks for nothing");
      return;
    }
    Position position;
    for (const Value element : root.children()) {
      if (element.is(Kind::object)) {
        item(element, position);
      } else if (element.is(Kind::string)) {
        path(element, position);
      } else {
        problem(position, ": must be an item (an object) or a path (a string)");
      }
      ++position.item;
    }
    out_.grants = Grants(std::move(grants_));
  }

 private:
  void problem(const Position& position, std::string_view rest) {
    out_.problems.add(position.text().append(rest));
  }

  // What a string says, kept for as long as the grants.
  std::string_view keep(const Value& value) {
    std::string room;
    const std::string_view text = value.string(room);
    return text.data() == room.data() ? out_.texts.emplace_back(std::move(room)) : text;
  }

  std::string_view keep_party(std::string_view id) {
    std::string room;
    const std::string_view key = party_key(id, room);
    return key.data() == id.data() ? key : out_.texts.emplace_back(std::move(room));
  }

  // The non-empty string in member `name`. Absent, null, empty or another type: a problem, never
  // "any".
  std::optional<std::string_view> required(const Value& object,
                                           std::string_view name,
                                           const Position& position) {
    const std::optional<Value> member = object.find(name);
    std::string_view text;
    if (member) {
      text = keep(*member);
    }
    if (text.empty()) {
      problem(position,
              std::string(".").append(name).append(": must be a string that is not empty"));
      return std::nullopt;
    }
    return text;
  }

  // The non-empty array in member `name`, or a problem.
  std::optional<Value> required_list(const Value& object,
                                     std::string_view name,
                                     const Position& position) {
    std::optional<Value> member = object.find(name);
    if (!member || !member->is(Kind::array)) {
      problem(position,
              std::string(".").append(name).append(": must be an array that is not empty"));
      return std::nullopt;
    }
    return member;
  }

  // A member that may be absent: null counts as absent, an empty container or text does not.
  static std::optional<Value> optional_member(const Value& object, std::string_view name) {
    for (const Value member : object.children()) {
      if (member.name() == name && !member.is(Kind::null)) {
        return member;
      }
    }
    return std::nullopt;
  }

  void item(const Value& item, Position position) {
    Grant grant;
    bool good = party(item, position, grant);
    if (const auto section = required(item, "section", position)) {
      grant.section = *section;
    } else {
      good = false;
    }
    const auto categories = required_list(item, "categories", position);
    if (!categories) {
      return;
    }
    position.category = 0;
    for (const Value category : categories->children()) {
      read_category(category, position, grant, good);
      ++*position.category;
    }
  }

  // Sets the grant's party; false with a problem if it cannot be told whose the item is.
  bool party(const Value& item, const Position& position, Grant& grant) {
    const std::optional<Value> id = optional_member(item, kPartyId);
    if (id) {
      const std::string_view text = keep(*id);
      if (text.empty()) {
        problem(position, ".associated_party_id: must be a string that is not empty");
        return false;
      }
      grant.party = keep_party(text);
    }
    const std::optional<Value> scope = optional_member(item, "scope");
    if (!scope) {
      return true;
    }
    const std::string_view whose = keep(*scope);
    if (whose == "ASSOCIATED_PARTY") {
      if (!id) {
        problem(position, ": scope ASSOCIATED_PARTY needs an associated_party_id");
      }
      return id.has_value();
    }
    if (whose == "CUSTOMER") {
      if (id) {
        problem(position, ": scope CUSTOMER allows no associated_party_id");
      }
      return !id.has_value();
    }
    // An unknown scope would say whose the documents are; taking it for the customer's would widen.
    problem(position, ".scope: must be CUSTOMER or ASSOCIATED_PARTY");
    return false;
  }

  void read_category(const Value& category, Position position, Grant grant, bool good) {
    if (!category.is(Kind::object)) {
      problem(position, ": must be an object");
      return;
    }
    grant.type = required(category, "document_type", position);
    good = good && grant.type.has_value();
    const auto fields = required_list(category, "fields", position);
    if (!fields) {
      return;
    }
    position.field = 0;
    for (const Value field : fields->children()) {
      read_field(field, position, grant, good);
      ++*position.field;
    }
  }

  void read_field(const Value& field, const Position& position, Grant grant, bool good) {
    if (!field.is(Kind::object)) {
      problem(position, ": must be an object");
      return;
    }
    grant.field = required(field, "field_name", position);
    good = good && grant.field.has_value();
    if (const std::optional<Value> side = optional_member(field, "side")) {
      std::string room;
      const std::string_view name = side->string(room);
      if (name != "FRONT" && name != "BACK") {
        problem(position, ".side: must be FRONT or BACK");
        good = false;
      }
      grant.side = name == "FRONT" ? Side::front : Side::back;
    }
    if (good) {
      add(grant, position);
    }
  }

  void path(const Value& element, const Position& position) {
    const auto parsed = parse_grant_path(keep(element));
    if (const auto* fault = std::get_if<PathFault>(&parsed)) {
      problem(position,
              ": column " + std::to_string(fault->column) + ": " + std::string(fault->reason));
      return;
    }
    const auto& path = std::get<GrantPath>(parsed);
    Grant grant{
        .party = path.party, .section = path.section, .type = path.type, .field = path.field};
    if (grant.party) {
      grant.party = keep_party(*grant.party);
    }
    add(grant, position);
  }

  // Aliases first, then what has no place in any body (rules 5 and 6).
  void add(Grant grant, const Position& position) {
    apply_alias(settings_.aliases, grant.section, grant.field);
    const bool ambiguous =
        grant.section == "identifying_documents" || grant.section == "address_documents";
    std::string sentence;
    if (grant.section == kAttachments || (grant.party && grant.section == kPartyId)) {
      sentence = ": " + std::string(grant.section) + " is an address and no section";
    } else if (grant.section == "tax_info") {
      sentence = ": section tax_info has no place in any body; an alias can say where it goes";
    } else if (grant.field == "text") {
      problem(position,
              ": field text of section " + std::string(shown(grant.section)) +
                  " has no place in any body; an alias can say where it goes");
      return;
    } else if (ambiguous && !grant.party) {
      sentence = ": section " + std::string(grant.section) + " needs an associated_party_id";
    }
    if (sentence.empty()) {
      grant.order = grants_.size();
      grants_.push_back(grant);
      return;
    }
    // It is the item that is wrong: said once, not once a field.
    Position item;
    item.item = position.item;
    sentence.insert(0, item.text());
    if (sentence != last_section_problem_) {
      out_.problems.add(sentence);
      last_section_problem_ = sentence;
    }
  }

  const Settings& settings_;
  Requested& out_;
  std::vector<Grant> grants_;
  std::string last_section_problem_;
};

}  // namespace

Grants::Grants(std::vector<Grant> grants) : grants_(std::move(grants)) {
  std::ranges::sort(grants_, [](const Grant& a, const Grant& b) {
    return content_of(a) != content_of(b) ? content_of(a) < content_of(b) : a.order < b.order;
  });
  const auto same = [](const Grant& a, const Grant& b) { return content_of(a) == content_of(b); };
  grants_.erase(std::ranges::unique(grants_, same).begin(), grants_.end());
}

std::span<const Grant> Grants::of(std::optional<std::string_view> party,
                                  std::string_view section) const {
  const auto wanted = std::tie(party, section);
  const auto first = std::ranges::partition_point(
      grants_, [&](const Grant& grant) { return place_of(grant) < wanted; });
  const auto last = std::partition_point(
      first, grants_.end(), [&](const Grant& grant) { return place_of(grant) == wanted; });
  return {first, last};
}

Requested read_requested(std::string_view requested, const Settings& settings) {
  Requested out;
  const auto parsed = JsonText::parse(requested);
  if (const auto* fault = std::get_if<JsonFault>(&parsed)) {
    out.problems.add("requested: at byte " + std::to_string(fault->byte) + ": " +
                     std::string(fault->reason));
    return out;
  }
  RequestedReader(settings, out).read(std::get<JsonText>(parsed).root());
  return out;
}

std::string path_of(const Grant& grant) {
  std::string path;
  if (grant.party) {
    path.append(kAttachments).append("[");
    path.append(is_uuid(*grant.party) ? *grant.party : "?").append("].");
  }
  path += shown(grant.section);
  if (grant.type) {
    path.append("[").append(shown(*grant.type)).append("]");
  }
  if (grant.field) {
    path.append(".").append(shown(*grant.field));
  }
  return path;
}

}  // namespace rfi::allowlist
