#include "sandbox/body_check.hpp"

#include "sandbox/message.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string_view>

namespace rfi::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view kNotRequested = "Field was not requested";
constexpr std::string_view kEmpty = "Empty value";

std::string_view string_or_empty(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string_view{value->get_string()}
                                                : std::string_view{};
}

bool is_empty(const json::value& value) {
  return value.is_null() || (value.is_array() && value.get_array().empty()) ||
         (value.is_object() && value.get_object().empty());
}

/// Generic types ask for any document of their family.
bool covers(const RequestedField& requested, std::string_view type) {
  const std::string_view section = requested.section;
  return requested.document_type == type ||
         (requested.document_type == "GOVERNMENT_ID" &&
          (section == "proof_of_identity" || section == "identifying_documents")) ||
         (requested.document_type == "PROOF_OF_ADDRESS" &&
          (section == "proof_of_address" || section == "address_documents"));
}

class Checker {
 public:
  explicit Checker(std::span<const RequestedField> requested) : requested_(requested) {}

  BodyCheck run(const json::value& body) {
    if (!body.is_object() || body.get_object().empty()) {
      refuse("body", "Must be an object that is not empty");
      return std::move(result_);
    }
    for (const auto& [name, value] : body.get_object()) {
      if (name == "associated_party_attachments") {
        check_attachments(value);
      } else {
        check_section({}, std::string{name}, name, value);
      }
    }
    return std::move(result_);
  }

 private:
  using Positions = std::vector<std::size_t>;

  void refuse(const std::string& path, std::string_view why) { result_.refused.emplace(path, why); }

  void check_attachments(const json::value& value) {
    const std::string name = "associated_party_attachments";
    if (!value.is_array() || value.get_array().empty()) {
      refuse(name, "Must be a list that is not empty");
      return;
    }
    for (const json::value& attachment : value.get_array()) {
      if (!attachment.is_object()) {
        refuse(name, "Must hold objects only");
        continue;
      }
      const json::object& object = attachment.get_object();
      const std::string party = lower(string_or_empty(object, "associated_party_id"));
      std::string path = name;
      path.append("[").append(party).append("]");
      if (party.empty() || object.size() == 1) {
        refuse(path, "Must hold an associated_party_id and a requested field");
        continue;
      }
      for (const auto& [section, documents] : object) {
        if (section != "associated_party_id") {
          std::string section_path = path;
          section_path.append(".").append(section);
          check_section(party, section_path, section, documents);
        }
      }
    }
  }

  void check_section(const std::string& party,
                     const std::string& path,
                     std::string_view section,
                     const json::value& value) {
    Positions candidates;
    for (std::size_t i = 0; i < requested_.size(); ++i) {
      if (requested_[i].party == party && requested_[i].section == section) {
        candidates.push_back(i);
      }
    }
    if (candidates.empty()) {
      refuse(path, kNotRequested);
    } else if (is_empty(value)) {
      refuse(path, kEmpty);
    } else if (value.is_object()) {
      check_document(path, value.get_object(), candidates, /*is_item=*/false);
    } else if (value.is_array()) {
      for (const json::value& document : value.get_array()) {
        if (document.is_object()) {
          check_document(path, document.get_object(), candidates, /*is_item=*/true);
        } else {
          refuse(path, "Must hold objects only");
        }
      }
    } else {  // a plain value, such as tos_policies_value
      answer(candidates);
    }
  }

  /// `is_item`: one of a list, which only its type tells from the others.
  void check_document(std::string path,
                      const json::object& document,
                      const Positions& section,
                      bool is_item) {
    const std::string_view type = string_or_empty(document, "type");
    if (is_item) {
      path.append("[").append(type).append("]");
    }
    Positions candidates;
    for (const std::size_t i : section) {
      if (covers(requested_[i], type) || (type.empty() && !is_item)) {
        candidates.push_back(i);
      }
    }
    if (candidates.empty()) {
      refuse(path, kNotRequested);
      return;
    }
    bool holds_requested = false;
    for (const auto& [name, value] : document) {
      const Positions fields = named(candidates, name);
      std::string field_path = path;
      field_path.append(".").append(name);
      if (fields.empty()) {
        if (name != "type") {
          refuse(field_path, kNotRequested);
        }
      } else if (is_empty(value)) {
        refuse(field_path, kEmpty);
      } else if (name == "files") {
        check_files(field_path, value, fields);
        holds_requested = true;
      } else {
        answer(fields);
        holds_requested = true;
      }
    }
    if (!holds_requested) {
      refuse(path, "Holds nothing that was requested");
    }
  }

  void check_files(const std::string& path, const json::value& value, const Positions& fields) {
    if (!value.is_array()) {
      refuse(path, "Must be a list");
      return;
    }
    std::size_t position = 0;
    for (const json::value& file : value.get_array()) {
      std::string file_path = path;
      file_path.append("[").append(std::to_string(position++)).append("]");
      if (!file.is_object() || string_or_empty(file.get_object(), "uri").empty()) {
        refuse(file_path + ".uri", "Missing");
        continue;
      }
      for (const auto& [name, ignored] : file.get_object()) {
        if (name != "uri" && name != "side") {
          refuse(file_path + "." + std::string{name}, kNotRequested);
        }
      }
      const std::string_view side = string_or_empty(file.get_object(), "side");
      Positions sides;
      for (const std::size_t i : fields) {
        if (side.empty() || requested_[i].side.empty() || requested_[i].side == side) {
          sides.push_back(i);
        }
      }
      if (sides.empty()) {
        refuse(file_path + ".side", "Side was not requested");
      }
      answer(sides);
    }
  }

  [[nodiscard]] Positions named(const Positions& candidates, std::string_view field) const {
    Positions result;
    for (const std::size_t i : candidates) {
      if (requested_[i].field == field) {
        result.push_back(i);
      }
    }
    return result;
  }

  void answer(const Positions& positions) {
    result_.answered.insert(result_.answered.end(), positions.begin(), positions.end());
  }

  std::span<const RequestedField> requested_;
  BodyCheck result_;
};

}  // namespace

BodyCheck check_body(const json::value& body, std::span<const RequestedField> requested) {
  return Checker{requested}.run(body);
}

}  // namespace rfi::sandbox
