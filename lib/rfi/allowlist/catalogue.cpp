#include "rfi/allowlist/catalogue.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rfi::allowlist {
namespace {

constexpr std::array<std::pair<std::string_view, SectionShape>, 11> kSections = {{
    {"proof_of_identity", SectionShape::document},
    {"proof_of_address", SectionShape::document},
    {kTermsValue, SectionShape::text},
    {"company_details", SectionShape::documents},
    {"ownership_structure", SectionShape::documents},
    {"legal_presence", SectionShape::documents},
    {"formation_documents", SectionShape::documents},
    {"ownership_documents", SectionShape::documents},
    {"supporting_documents", SectionShape::documents},
    {"identifying_documents", SectionShape::documents},
    {"address_documents", SectionShape::documents},
}};

constexpr std::array<std::string_view, 8> kFields = {
    "type", "number", "country", "state", "issue_date", "expiry_date", "description", "files"};

// The document types of the API's own lists, sorted.
constexpr std::array<std::string_view, 44> kTypes = {"AML_COMFORT_LETTER",
                                                     "BANK_STATEMENT",
                                                     "CERT_OF_INCORPORATION",
                                                     "CERT_OF_INCUMBENCY",
                                                     "COMPANY_DOC",
                                                     "CONSTITUTIONAL_DOCUMENT",
                                                     "COURT_DOCUMENT",
                                                     "DRIVERS_LICENSE",
                                                     "EVIDENCE_OF_DIRECTORS_AND_CONTROLLERS",
                                                     "EVIDENCE_OF_GOOD_STANDING",
                                                     "E_SIGNATURE_CERTIFICATE",
                                                     "FLOW_OF_FUNDS",
                                                     "FORMATION_DOCUMENT",
                                                     "GOVERNMENT_LETTER",
                                                     "INSURANCE_STATEMENT",
                                                     "MARKETING_MATERIALS",
                                                     "MATRICULATE_ID",
                                                     "MEMORANDUM_OF_ASSOCIATION",
                                                     "MILITARY_ID",
                                                     "NATIONAL_ID",
                                                     "OTHER",
                                                     "OWNERSHIP_CHART",
                                                     "OWNERSHIP_INFORMATION",
                                                     "PASSPORT",
                                                     "PERMANENT_RESIDENCY_ID",
                                                     "PROOF_OF_ACCOUNT_PURPOSE",
                                                     "PROOF_OF_ADDRESS",
                                                     "PROOF_OF_ENTITY_NAME_CHANGE",
                                                     "PROOF_OF_NATURE_OF_BUSINESS",
                                                     "PROOF_OF_NATURE_OF_BUSINESS_AML_POLICY",
                                                     "PROOF_OF_NATURE_OF_BUSINESS_LICENSE",
                                                     "PROOF_OF_SIGNATORY_AUTHORITY",
                                                     "PROOF_OF_SOURCE_OF_FUNDS",
                                                     "PROOF_OF_SOURCE_OF_WEALTH",
                                                     "PROOF_OF_TAX_IDENTIFICATION",
                                                     "REGISTRATION_DOCUMENT",
                                                     "RESIDENCE_PERMIT",
                                                     "SELFIE",
                                                     "SHAREHOLDER_REGISTER",
                                                     "SHAREHOLDER_REGISTRY",
                                                     "STATE_OR_PROVINCIAL_ID",
                                                     "TAX_EXEMPT_ENTITY_CONFIRMATION",
                                                     "UTILITY_BILL",
                                                     "VISA"};

// Length before text, so that no name can pass for two.
void put(std::string& text, std::string_view word) {
  text.append(std::to_string(word.size())).append(":").append(word);
}

void put_sorted(std::string& text, std::vector<std::string> words) {
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  for (const std::string& word : words) {
    put(text, word);
  }
}

}  // namespace

SectionShape shape_of(std::string_view section) {
  const auto* const found =
      std::ranges::find_if(kSections,

                           [&](const auto& known) { return known.first == section; });
  return found == kSections.end() ? SectionShape::unknown : found->second;
}

bool is_documented_field(std::string_view field, const Settings& settings) {
  return std::ranges::find(kFields, field) != kFields.end() ||
         std::ranges::find(settings.extra_fields, field) != settings.extra_fields.end();
}

bool is_documented_type(std::string_view type) {
  return std::ranges::binary_search(kTypes, type);
}

bool is_generic_type(std::string_view type, std::string_view section, const Settings& settings) {
  const auto found = settings.generic_types.find(type);
  return found != settings.generic_types.end() &&
         std::find(found->second.begin(), found->second.end(), section) != found->second.end();
}

std::string canonical_text(const Settings& settings) {
  std::string text = "allowlist 1\npolicy ";
  text += settings.policy == Policy::strict ? "strict" : "document";
  text += "\npartial ";
  text += settings.partial == Partial::refuse ? "refuse" : "send";
  text += "\nmax_body_bytes " + std::to_string(settings.max_body_bytes);
  if (settings.files_by_path == FilesByPath::upload) {
    text += "\nfiles by path";
  }
  text += "\nfields ";  // a set: their order changes nothing
  put_sorted(text, settings.extra_fields);
  for (const auto& [type, sections] : settings.generic_types) {
    text += "\ntype ";
    put(text, type);
    text += " in ";
    put_sorted(text, sections);
  }
  for (const Alias& alias : settings.aliases) {  // a list: the first that fits is taken
    text += "\nalias ";
    put(text, alias.section);
    text += " . ";
    put(text, alias.field.value_or(""));
    text += alias.field ? " as " : " any as ";
    put(text, alias.as);
  }
  text += "\n";
  return text;
}

}  // namespace rfi::allowlist
