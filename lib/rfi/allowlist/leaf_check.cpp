#include "rfi/allowlist/leaf_check.hpp"

#include "rfi/allowlist/leaf_check_grants.hpp"
#include "rfi/allowlist/leaf_check_json.hpp"
#include "rfi/allowlist/leaf_check_place.hpp"

#include <boost/json/monotonic_resource.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

namespace rfi::allowlist {
namespace {

namespace json = boost::json;
using leaf_check::element_at;
using leaf_check::Grants;
using leaf_check::kAttachments;
using leaf_check::kPartyId;
using leaf_check::member_at;
using leaf_check::Party;
using leaf_check::Place;
using leaf_check::Sides;
using leaf_check::Target;

std::string_view view_of(json::string_view text) {
  return {text.data(), text.size()};
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

// What the API documents as strings inside a document; `files` stands apart.
constexpr std::array<std::string_view, 7> kDocumentedStrings{
    "type", "number", "country", "state", "issue_date", "expiry_date", "description"};
constexpr std::array<std::string_view, 2> kSingularSections{"proof_of_identity",
                                                            "proof_of_address"};
constexpr std::array<std::string_view, 8> kArraySections{"company_details",
                                                         "ownership_structure",
                                                         "legal_presence",
                                                         "formation_documents",
                                                         "ownership_documents",
                                                         "supporting_documents",
                                                         "identifying_documents",
                                                         "address_documents"};

// Walks a body and lists what nobody asked for. Functions that return bool tell whether they met a
// granted value: structural keys are allowed beside one, and nowhere else. Recursion is bounded by
// the depth the parser accepts.
class Walk {
 public:
  Walk(const Grants& grants, const Settings& settings) : grants_(grants), settings_(settings) {}

  void body(const json::object& body) {
    for (const auto& member : body) {
      const std::string_view name = view_of(member.key());
      const Place place{.parent = nullptr, .name = name, .index = std::nullopt};
      if (name == kAttachments) {
        attachments(member.value(), place);
      } else {
        section({.party = {}, .section = name, .type = {}, .field = {}}, member.value(), place);
      }
    }
  }

  [[nodiscard]] std::vector<std::string> found() && { return std::move(found_); }

 private:
  void report(const Place& place) { found_.push_back(leaf_check::text_of(place)); }

  void report_leaves(const json::value& value, const Place& place) {
    const auto* const object = value.if_object();
    const auto* const array = value.if_array();
    if (object != nullptr && !object->empty()) {
      for (const auto& member : *object) {
        report_leaves(member.value(), member_at(place, view_of(member.key())));
      }
    } else if (array != nullptr && !array->empty()) {
      for (std::size_t i = 0; i < array->size(); ++i) {
        report_leaves((*array)[i], element_at(place, i));
      }
    } else {
      report(place);
    }
  }

  void attachments(const json::value& value, const Place& place) {
    const auto* const parties = value.if_array();
    if (parties == nullptr || parties->empty()) {
      report_leaves(value, place);
      return;
    }
    for (std::size_t i = 0; i < parties->size(); ++i) {
      attachment((*parties)[i], element_at(place, i));
    }
  }

  void attachment(const json::value& value, const Place& place) {
    const auto* const object = value.if_object();
    const auto* const id = object == nullptr ? nullptr : object->if_contains(kPartyId);
    if (id == nullptr || !id->is_string() || id->get_string().empty()) {
      report_leaves(value, place);
      return;
    }
    const Party party(view_of(id->get_string()));
    bool holds_value = false;
    for (const auto& member : *object) {
      const std::string_view name = view_of(member.key());
      if (name != kPartyId) {
        const Place inside = member_at(place, name);
        holds_value |= section(
            {.party = party, .section = name, .type = {}, .field = {}}, member.value(), inside);
      }
    }
    if (!holds_value) {
      report(member_at(place, kPartyId));
    }
  }

  // `target` names party and section.
  bool section(const Target& target, const json::value& value, const Place& place) {
    const auto* const array = value.if_array();
    const bool singular = is_one_of(target.section, kSingularSections);
    const bool plural = is_one_of(target.section, kArraySections);
    const bool terms = target.section == leaf_check::kTermsSection;
    const bool whole = (grants_.of(target) & leaf_check::kWholeSection) != 0;
    if (whole && (terms ? value.is_string() : !singular && !plural)) {
      return true;
    }
    if (!terms && !plural && value.is_object()) {
      return document(target, value.get_object(), place);
    }
    if (terms || singular || array == nullptr || array->empty()) {
      report_leaves(value, place);
      return false;
    }
    bool holds_value = false;
    for (std::size_t i = 0; i < array->size(); ++i) {
      const Place inside = element_at(place, i);
      if (const auto* const item = (*array)[i].if_object()) {
        holds_value |= document(target, *item, inside);
      } else {
        report_leaves((*array)[i], inside);
      }
    }
    return holds_value;
  }

  bool document(Target target, const json::object& document, const Place& place) {
    if (document.empty()) {
      report(place);
      return false;
    }
    const auto* const type = document.if_contains("type");
    if (type != nullptr && type->is_string()) {
      target.type = view_of(type->get_string());
    }
    // The whole document is granted by name, or (policy "document") by the grant of files that it
    // really holds.
    bool whole = sides_of(target, {}) != leaf_check::kNoSide;
    const Sides sides = sides_of(target, "files") | sides_of(target, {});
    if (const auto* const files = document.if_contains("files")) {
      whole |= settings_.policy == Policy::document && holds_granted_file(*files, sides);
    }
    bool holds_value = false;
    for (const auto& member : document) {
      const std::string_view name = view_of(member.key());
      const Place inside = member_at(place, name);
      if (name == "files") {
        holds_value |= files(member.value(), sides, inside);
      } else if (name != "type") {
        const bool covered = covers(target, whole, name, member.value());
        holds_value |= covered;
        if (!covered) {
          report_leaves(member.value(), inside);
        }
      }
    }
    const bool asked_for_type = sides_of(target, "type") != leaf_check::kNoSide;
    const bool type_may_go =
        type != nullptr && type->is_string() && (holds_value || asked_for_type);
    if (type != nullptr && !type_may_go) {
      report_leaves(*type, member_at(place, "type"));
    }
    return holds_value || type_may_go;
  }

  // The sides granted of a field of a document of this type: by its type and by grants of any type.
  [[nodiscard]] Sides sides_of(const Target& document, std::string_view field) const {
    Target asked = document;
    asked.field = field;
    const Sides of_this_type = grants_.of(asked);
    asked.type = {};
    return of_this_type | grants_.of(asked);
  }

  [[nodiscard]] bool covers(const Target& document,
                            bool whole,
                            std::string_view field,
                            const json::value& value) const {
    const bool documented =
        is_one_of(field, kDocumentedStrings) ||
        std::ranges::find(settings_.extra_fields, field) != settings_.extra_fields.end();
    // An empty field name in a target stands for the whole document; a member may really be called
    // that.
    const bool named = !field.empty() && sides_of(document, field) != leaf_check::kNoSide;
    const bool granted = (whole && documented) || named;
    return granted && (!documented || value.is_string());
  }

  static bool passes(const json::value& value, Sides sides) {
    const auto* const file = value.if_object();
    const auto* const uri = file == nullptr ? nullptr : file->if_contains("uri");
    if (uri == nullptr || !uri->is_string()) {
      return false;
    }
    const auto* const side = file->if_contains("side");
    if (side == nullptr || (sides & leaf_check::kEverySide) != 0) {
      return sides != leaf_check::kNoSide;
    }
    const auto* const text = side->if_string();
    return text != nullptr && ((*text == "FRONT" && (sides & leaf_check::kFront) != 0) ||
                               (*text == "BACK" && (sides & leaf_check::kBack) != 0));
  }

  static bool holds_granted_file(const json::value& value, Sides sides) {
    const auto* const array = value.if_array();
    return array != nullptr && std::ranges::any_of(*array, [&](const json::value& file) {
             return passes(file, sides);
           });
  }

  bool files(const json::value& value, Sides sides, const Place& place) {
    const auto* const array = value.if_array();
    if (array == nullptr || array->empty()) {
      report_leaves(value, place);
      return false;
    }
    bool holds_value = false;
    for (std::size_t i = 0; i < array->size(); ++i) {
      const json::value& file = (*array)[i];
      const Place inside = element_at(place, i);
      if (!passes(file, sides)) {
        report_leaves(file, inside);
        continue;
      }
      holds_value = true;
      for (const auto& member : file.get_object()) {
        const std::string_view name = view_of(member.key());
        if (name != "uri" && (name != "side" || !member.value().is_string())) {
          report_leaves(member.value(), member_at(inside, name));
        }
      }
    }
    return holds_value;
  }

  const Grants& grants_;
  const Settings& settings_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> uncovered_leaves(std::string_view body,
                                          std::string_view requested,
                                          const Settings& settings) {
  // Most RFIs fit in the first buffer: no allocation for them but the list of grants.
  unsigned char buffer[4096];  // NOLINT(modernize-avoid-c-arrays): scratch space, never read here
  json::monotonic_resource resource(&buffer[0], sizeof(buffer));
  const auto asked = leaf_check::parse_strictly(requested, &resource);
  if (!asked || !asked->is_array()) {
    return {"requested: not a JSON array the check can read"};
  }
  const Grants grants(asked->get_array(), settings);
  if (const auto element = grants.unreadable()) {
    return {"requested[" + std::to_string(*element) + "]: not a grant the check can read"};
  }
  const auto built = leaf_check::parse_strictly(body, &resource);
  if (!built || !built->is_object()) {
    return {"body: not a JSON object the check can read"};
  }
  if (built->get_object().empty()) {
    return {"body: an empty object"};
  }
  Walk walk(grants, settings);
  walk.body(built->get_object());
  return std::move(walk).found();
}

}  // namespace rfi::allowlist
