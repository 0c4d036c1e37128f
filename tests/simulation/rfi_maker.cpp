#include "simulation/rfi_maker.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace rfi::simulation {
namespace {

using Names = std::vector<std::string_view>;

struct Section {
  std::string_view name;
  bool of_party = false;
  bool is_list = false;
  std::string_view family;  ///< a generic type that stands for all others
  Names types;
  Names fields;
};

const std::vector<Section>& sections() {
  static const std::vector<Section> all = {
      {"proof_of_identity",
       false,
       false,
       "GOVERNMENT_ID",
       {"PASSPORT", "NATIONAL_ID"},
       {"number", "country", "issue_date", "expiry_date", "files"}},
      {"proof_of_address",
       false,
       false,
       "PROOF_OF_ADDRESS",
       {"UTILITY_BILL", "BANK_STATEMENT"},
       {"country", "files"}},
      {"formation_documents",
       false,
       true,
       {},
       {"REGISTRATION_DOCUMENT", "CONSTITUTIONAL_DOCUMENT"},
       {"description", "files"}},
      {"supporting_documents",
       false,
       true,
       {},
       {"PROOF_OF_SOURCE_OF_FUNDS", "FLOW_OF_FUNDS"},
       {"description", "files"}},
      {"identifying_documents",
       true,
       true,
       "GOVERNMENT_ID",
       {"PASSPORT", "DRIVERS_LICENSE"},
       {"number", "country", "issue_date", "expiry_date", "files"}},
      {"address_documents",
       true,
       true,
       "PROOF_OF_ADDRESS",
       {"UTILITY_BILL", "INSURANCE_STATEMENT"},
       {"issue_date", "files"}}};
  return all;
}

std::string value(Chance& chance) {
  return std::string{kValueMark} + std::to_string(chance.below(1U << 30U));
}

/// One document as the producer holds it and what the RFI asks of it.
struct Document {
  const Section* section = nullptr;
  std::string party;
  std::string_view type;
  std::string asked_type;
  Names held;
  Names asked;
};

std::string member(Chance& chance, std::string_view name) {
  std::string text = "\"" + std::string{name} + "\":";
  if (name != "files") {
    return text + "\"" + value(chance) + "\"";
  }
  text += R"([{"uri":"/)" + value(chance) + R"(.pdf")";
  text += chance.with(0.5) ? R"(,"side":"FRONT"})" : "}";
  if (chance.with(0.3)) {
    text += R"(,{"uri":"/)" + value(chance) + R"(.pdf","side":"BACK","comment":")" + value(chance) +
            "\"}";
  }
  return text + "]";
}

std::string document_text(Chance& chance, const Document& document) {
  std::string text = R"({"type":")" + std::string{document.type} + "\"";
  for (const std::string_view field : document.held) {
    text += "," + member(chance, field);
  }
  text += R"(,"internal_note":")" + value(chance) + "\"}";
  return text;
}

/// The members of one party, each with a comma before it.
std::string members_text(
    Chance& chance,
    const std::map<std::string_view, std::vector<const Document*>>& documents_by_section) {
  std::string members;
  for (const auto& [name, list] : documents_by_section) {
    std::string documents;
    for (const Document* document : list) {
      documents.append(documents.empty() ? "" : ",").append(document_text(chance, *document));
    }
    members.append(",\"").append(name).append("\":");
    members += list.front()->section->is_list ? "[" + documents + "]" : documents;
  }
  return members;
}

/// `section` -> its documents, with an empty party for the customer's own.
std::string documents_text(Chance& chance, const std::vector<Document>& documents, bool terms) {
  std::map<std::string, std::map<std::string_view, std::vector<const Document*>>> parties;
  for (const Document& document : documents) {
    parties[document.party][document.section->name].push_back(&document);
  }
  std::string text = R"({"producer_reference":")" + value(chance) + "\"";
  std::string attachments;
  for (const auto& [party, by_section] : parties) {
    const std::string members = members_text(chance, by_section);
    if (party.empty()) {
      text += members;
      continue;
    }
    attachments += attachments.empty() ? "" : ",";
    attachments.append(R"({"associated_party_id":")").append(party).append("\"");
    attachments.append(members).append("}");
  }
  if (!attachments.empty()) {
    text += R"(,"associated_party_attachments":[)" + attachments + "]";
  }
  if (terms || chance.with(0.2)) {
    text += R"(,"tos_policies_value":")" + value(chance) + "\"";
  }
  return text + "}";
}

Document make_document(Chance& chance, const Section& section, const std::string& party) {
  Document document;
  document.section = &section;
  document.party = section.of_party ? party : std::string{};
  document.type = chance.one_of(section.types);
  document.asked_type =
      std::string{!section.family.empty() && chance.with(0.25) ? section.family : document.type};
  for (const std::string_view field : section.fields) {
    if (chance.with(0.8)) {
      document.held.push_back(field);
      if (chance.with(0.6)) {
        document.asked.push_back(field);
      }
    }
  }
  if (document.asked.empty()) {
    document.held = {"files"};
    document.asked = {"files"};
  }
  return document;
}

std::vector<Document> make_documents(Chance& chance) {
  std::vector<Document> documents;
  const std::string party = chance.uuid();
  std::vector<std::size_t> places = {0, 1, 2, 3, 4, 5};
  const auto wanted = static_cast<std::size_t>(chance.between(1, 3));
  while (documents.size() < wanted) {
    const std::size_t place = chance.below(places.size());
    documents.push_back(make_document(chance, sections()[places[place]], party));
    places.erase(places.begin() + static_cast<std::ptrdiff_t>(place));
  }
  return documents;
}

Items items_of(const Document& document) {
  Items items;
  for (const std::string_view field : document.asked) {
    items.insert({document.party,
                  std::string{document.section->name},
                  document.asked_type,
                  std::string{field}});
  }
  return items;
}

std::string path_of(const Item& grant) {
  const std::string place =
      grant.party.empty() ? std::string{} : "associated_party_attachments[" + grant.party + "].";
  const std::string field = grant.field.empty() ? std::string{} : "." + grant.field;
  return "\"" + place + grant.section + "[" + grant.type + "]" + field + "\"";
}

std::string paths_of(const Items& grants) {
  std::string text;
  for (const Item& grant : grants) {
    text += (text.empty() ? "" : ",") + path_of(grant);
  }
  return text;
}

std::string without_brackets(const std::string& array) {
  return array.substr(1, array.size() - 2);
}

MadeRfi make_unsendable(Chance& chance) {
  constexpr std::array kReasons = {
      std::pair{R"(["identifying_documents"])", "ambiguous: of which party?"},
      std::pair{R"(["proof_of_identity.text"])", "a field without a place"},
      std::pair{R"(["proof_of_address.files"])", "nothing to meet it"},
      std::pair{R"([])", "asks for nothing"},
      std::pair{R"([{"section":"proof_of_identity","categories":[]}])", "empty categories"}};
  MadeRfi made;
  made.kind = RfiKind::unsendable;
  made.requested = chance.one_of(kReasons).first;
  made.documents = R"({"proof_of_identity":{"type":"PASSPORT","number":")" + value(chance) + "\"}}";
  return made;
}

}  // namespace

MadeRfi make_rfi(Chance& chance, RfiKind kind) {
  if (kind == RfiKind::unsendable) {
    return make_unsendable(chance);
  }
  MadeRfi made;
  made.kind = kind;
  const std::vector<Document> documents = make_documents(chance);
  const bool terms = chance.with(0.2);
  std::string elements;
  const auto add = [&elements](const std::string& element) {
    elements += (elements.empty() ? "" : ",") + element;
  };
  for (const Document& document : documents) {
    const Items items = items_of(document);
    Items grants = items;
    if (chance.with(0.5)) {
      add(without_brackets(tree_of(items)));
    } else {
      if (document.asked.size() == document.held.size() && chance.with(0.5)) {
        grants = {{document.party, std::string{document.section->name}, document.asked_type, {}}};
      }
      add(paths_of(grants));
    }
    made.items.insert(items.begin(), items.end());
    made.grants.insert(grants.begin(), grants.end());
  }
  if (terms) {
    const Items item = {{{}, "tos_policies_value", {}, "tos_policies_value"}};
    add(chance.with(0.5) ? without_brackets(tree_of(item)) : R"("tos_policies_value")");
    made.items.insert(item.begin(), item.end());
    made.grants.insert(item.begin(), item.end());
  }
  made.requested = "[" + elements + "]";
  made.documents = documents_text(chance, documents, terms);
  return made;
}

}  // namespace rfi::simulation
