#include "simulation/items.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace rfi::simulation {
namespace {

namespace json = boost::json;

constexpr std::string_view kAttachments = "associated_party_attachments";

bool is_family(const Item& asked) {
  return (asked.type == "GOVERNMENT_ID" &&
          (asked.section == "proof_of_identity" || asked.section == "identifying_documents")) ||
         (asked.type == "PROOF_OF_ADDRESS" &&
          (asked.section == "proof_of_address" || asked.section == "address_documents"));
}

std::string_view text_of(const json::value& value) {
  return value.is_string() ? std::string_view(value.get_string()) : std::string_view();
}

class Reader {
 public:
  explicit Reader(const Items& asked) : asked_(asked) {}

  bool read(const json::object& body) {
    for (const auto& [name, value] : body) {
      if (name == kAttachments) {
        read_parties(value);
      } else {
        read_section({}, name, value);
      }
    }
    return readable_;
  }

  BodyReading reading;

 private:
  void read_parties(const json::value& parties) {
    if (!parties.is_array() || parties.get_array().empty()) {
      readable_ = false;
      return;
    }
    for (const json::value& party : parties.get_array()) {
      read_party(party);
    }
  }

  void read_party(const json::value& party) {
    if (!party.is_object() || !party.get_object().contains("associated_party_id")) {
      readable_ = false;
      return;
    }
    const auto& members = party.get_object();
    const std::string id{text_of(members.at("associated_party_id"))};
    for (const auto& [name, value] : members) {
      if (name != "associated_party_id") {
        read_section(id, name, value);
      }
    }
    readable_ = readable_ && members.size() > 1;
  }

  void read_section(const std::string& party, std::string_view name, const json::value& value) {
    if (value.is_object()) {
      read_document(party, name, value.get_object());
    } else if (value.is_array() && !value.get_array().empty()) {
      for (const json::value& document : value.get_array()) {
        readable_ = readable_ && document.is_object();
        if (document.is_object()) {
          read_document(party, name, document.get_object());
        }
      }
    } else {
      note({party, std::string{name}, {}, std::string{name}});
      readable_ = readable_ && value.is_string();
    }
  }

  void read_document(const std::string& party,
                     std::string_view section,
                     const json::object& document) {
    const auto* type = document.if_contains("type");
    Item leaf{party, std::string{section}, std::string{type ? text_of(*type) : ""}, {}};
    const std::size_t answered_before = answers_;
    for (const auto& [name, value] : document) {
      leaf.field = std::string{name};
      if (name == "files") {
        read_files(leaf, value);
      } else if (name != "type") {
        note(leaf);
      }
    }
    leaf.field = "type";
    if (type != nullptr && !answer(leaf) && answers_ == answered_before) {
      reading.uncovered.push_back(leaf);  // the address of nothing
    }
  }

  void read_files(const Item& place, const json::value& files) {
    note(place);
    if (!files.is_array() || files.get_array().empty()) {
      readable_ = false;
      return;
    }
    for (const json::value& file : files.get_array()) {
      for (const auto& [name, value] : file.as_object()) {
        if (name != "uri" && name != "side") {
          reading.uncovered.push_back(
              {place.party, place.section, place.type, "files." + std::string{name}});
        }
      }
    }
  }

  void note(const Item& leaf) {
    if (!answer(leaf)) {
      reading.uncovered.push_back(leaf);
    }
  }

  bool answer(const Item& leaf) {
    bool any = false;
    for (const Item& asked : asked_) {
      if (covers(asked, leaf)) {
        reading.answered.insert(asked);
        any = true;
      }
    }
    answers_ += any ? 1 : 0;
    return any;
  }

  const Items& asked_;
  std::size_t answers_ = 0;
  bool readable_ = true;
};

void append_item(std::string& text, const std::vector<const Item*>& items) {
  const Item& first = *items.front();
  text += first.party.empty()
              ? R"({"scope":"CUSTOMER",)"
              : R"({"scope":"ASSOCIATED_PARTY","associated_party_id":")" + first.party + R"(",)";
  text += R"("section":")" + first.section + R"(","categories":[)";
  std::string_view type;
  bool begun = false;
  for (const Item* item : items) {
    if (!begun || item->type != type) {
      text += begun ? "]}," : "";
      type = item->type;
      text +=
          R"({"document_type":")" + std::string{type.empty() ? "TOS" : type} + R"(","fields":[)";
    } else {
      text += ",";
    }
    begun = true;
    text += R"({"field_name":")" + item->field + R"(","data_type":"TEXT","status":"MISSING"})";
  }
  text += "]}]}";
}

}  // namespace

bool covers(const Item& asked, const Item& leaf) {
  return asked.party == leaf.party && asked.section == leaf.section && asked.field == leaf.field &&
         (asked.type.empty() || asked.type == leaf.type || is_family(asked));
}

bool overlaps(const Item& grant, const Item& open) {
  return grant.party == open.party && grant.section == open.section &&
         (grant.field.empty() || grant.field == open.field) &&
         (grant.type.empty() || grant.type == open.type || is_family(grant) || is_family(open));
}

std::string tree_of(const Items& items) {
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const Item*>> sections;
  for (const Item& item : items) {
    sections[{item.party, item.section}].push_back(&item);
  }
  std::string text = "[";
  for (const auto& [place, members] : sections) {
    text += text.size() > 1 ? "," : "";
    append_item(text, members);
  }
  return text + "]";
}

BodyReading read_body(std::string_view body, const Items& asked) {
  std::array<unsigned char, 8192> memory;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  json::monotonic_resource resource(memory.data(), memory.size());
  boost::system::error_code error;
  const json::value parsed =
      json::parse(json::string_view(body.data(), body.size()), error, &resource);
  Reader reader(asked);
  reader.reading.readable = !error && parsed.is_object() && !parsed.get_object().empty() &&
                            reader.read(parsed.get_object());
  return std::move(reader.reading);
}

}  // namespace rfi::simulation
