#include "rfi/allowlist/standing.hpp"

#include "rfi/allowlist/body.hpp"
#include "rfi/allowlist/grant.hpp"
#include "rfi/allowlist/json_text.hpp"
#include "rfi/allowlist/names.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rfi::allowlist {
namespace {

using Value = JsonText::Value;

bool types_overlap(const Grant& grant, const Grant& item, const Settings& settings) {
  return !grant.type || !item.type || grant.type == item.type ||
         is_generic_type(*grant.type, grant.section, settings) ||
         is_generic_type(*item.type, item.section, settings);
}

bool overlap(const Grant& grant, const Grant& item, const Settings& settings) {
  return grant.party == item.party && grant.section == item.section &&
         types_overlap(grant, item, settings) &&
         (!grant.field || !item.field || grant.field == item.field);
}

/// The grants that count: under `partial = "send"` those that the body meets.
std::vector<Grant> asked_for(const Requested& requested,
                             std::string_view text,
                             std::string_view body,
                             const Settings& settings) {
  const auto all = requested.grants.all();
  std::vector<Grant> asked{all.begin(), all.end()};
  if (settings.partial == Partial::send) {
    const Projection again = project(text, body, settings);
    std::erase_if(asked, [&again](const Grant& grant) {
      return std::ranges::find(again.unmet_orders, grant.order) != again.unmet_orders.end();
    });
  }
  return asked;
}

std::string text_of(const Value& object, std::string_view name) {
  const auto found = object.find(name);
  std::string room;
  return found ? std::string{found->string(room)} : std::string{};
}

/// The objects in the array `name`; none if it is no array of objects.
std::vector<Value> objects_of(const Value& object, std::string_view name) {
  std::vector<Value> objects;
  const auto list = object.find(name);
  if (!list || !list->is(Kind::array)) {
    return objects;
  }
  for (const Value child : list->children()) {
    if (!child.is(Kind::object)) {
      return {};
    }
    objects.push_back(child);
  }
  return objects;
}

/// Whether section, types and fields can all be read.
bool is_well_formed(const Value& item) {
  if (!item.is(Kind::object) || text_of(item, "section").empty()) {
    return false;
  }
  const auto categories = objects_of(item, "categories");
  return !categories.empty() && std::ranges::all_of(categories, [](const Value& category) {
    const auto fields = objects_of(category, "fields");
    return !text_of(category, "document_type").empty() && !fields.empty() &&
           std::ranges::all_of(
               fields, [](const Value& field) { return !text_of(field, "field_name").empty(); });
  });
}

/// An item that `requested` could not hold. If it can be read it asks for something that has no
/// place in any body (`text`, `tax_info`), which no PATCH of ours answers, or it names a party's
/// section without the party, which may be ours.
Standing judge_unanswerable(const Value& item, const std::vector<Grant>& asked) {
  const std::string section = item.is(Kind::object) ? text_of(item, "section") : std::string{};
  const bool ours = section.empty() || std::ranges::any_of(asked, [&section](const Grant& grant) {
                      return grant.section == section;
                    });
  if (!ours) {
    return Standing::closed;
  }
  if (!is_well_formed(item)) {
    return Standing::unreadable;
  }
  const bool names_no_party = text_of(item, kPartyId).empty();
  const bool partys = section == "identifying_documents" || section == "address_documents";
  return partys && names_no_party ? Standing::open : Standing::closed;
}

/// One item of the list, in the form of a `requested` of its own.
Standing judge_item(const Value& item, const std::vector<Grant>& asked, const Settings& settings) {
  const std::string text = "[" + std::string{item.text()} + "]";
  const Requested read = read_requested(text, settings);
  const auto items = read.grants.all();
  const bool open = std::ranges::any_of(items, [&](const Grant& one) {
    return std::ranges::any_of(asked,
                               [&](const Grant& grant) { return overlap(grant, one, settings); });
  });
  if (open) {
    return Standing::open;
  }
  return read.problems.empty() ? Standing::closed : judge_unanswerable(item, asked);
}

std::optional<Value> member(const Value& object, std::string_view name) {
  for (const Value child : object.children()) {
    if (child.name() == name) {
      return child;
    }
  }
  return std::nullopt;
}

bool is_about(const Value& data, std::string_view customer_id) {
  const auto found = data.find("customer_id");
  if (!found) {
    return false;
  }
  std::string room;
  std::string key_room;
  std::string own_room;
  return party_key(found->string(room), key_room) == party_key(customer_id, own_room);
}

Look unreadable(std::string detail) {
  return {Standing::unreadable, std::move(detail)};
}

Look judge_list(const Value& list, const std::vector<Grant>& asked, const Settings& settings) {
  if (list.is(Kind::null)) {
    return {Standing::closed, {}};
  }
  if (!list.is(Kind::array)) {
    return unreadable("data.request_for_information is no array");
  }
  Look look{Standing::closed, {}};
  for (const Value item : list.children()) {
    const Standing standing = judge_item(item, asked, settings);
    if (standing == Standing::open) {
      return {Standing::open, {}};
    }
    if (standing == Standing::unreadable) {
      look = unreadable("data.request_for_information holds an item that cannot be read");
    }
  }
  return look;
}

}  // namespace

Look standing_of(std::string_view customer_id,
                 std::string_view requested,
                 std::string_view body,
                 std::string_view customer,
                 const Settings& settings) {
  const auto parsed = JsonText::parse(customer);
  const auto* text = std::get_if<JsonText>(&parsed);
  if (text == nullptr || !text->root().is(Kind::object)) {
    return unreadable("the answer is no JSON object");
  }
  const auto data = text->root().find("data");
  if (!data || !data->is(Kind::object)) {
    return unreadable("the answer has no object `data`");
  }
  if (!is_about(*data, customer_id)) {
    return unreadable("data.customer_id is not the customer that was asked for");
  }
  const auto list = member(*data, "request_for_information");
  if (!list) {
    return unreadable("the answer has no data.request_for_information");
  }
  const Requested grants = read_requested(requested, settings);
  if (!grants.problems.empty()) {
    return unreadable("`requested` cannot be read any more under the settings in force");
  }
  return judge_list(*list, asked_for(grants, requested, body, settings), settings);
}

}  // namespace rfi::allowlist
