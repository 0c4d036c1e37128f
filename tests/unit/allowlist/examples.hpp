// The documented examples, abridged: three RFIs as the webhook brings them, and the PATCH of a
// business.
#pragma once

#include <string_view>

namespace rfi::allowlist {

inline constexpr std::string_view kIndividualWebhook = R"([
  {"section": "proof_of_identity", "categories": [{"document_type": "GOVERNMENT_ID", "fields": [
    {"field_name": "files", "data_type": "URI", "status": "EXPIRED", "reason": "expired", "side": "FRONT"},
    {"field_name": "files", "data_type": "URI", "status": "INVALID", "reason": "damaged", "side": "BACK"},
    {"field_name": "issue_date", "data_type": "DATE", "status": "MISSING", "reason": null},
    {"field_name": "expiry_date", "data_type": "DATE", "status": "MISSING", "reason": null},
    {"field_name": "text", "data_type": "TEXT", "status": "INVALID", "reason": "mismatch"}]}]},
  {"section": "proof_of_address", "categories": [{"document_type": "PROOF_OF_ADDRESS", "fields": [
    {"field_name": "files", "data_type": "URI", "status": "MISSING", "reason": null}]}]},
  {"section": "tos_policies_value", "categories": [{"document_type": "TOS", "fields": [
    {"field_name": "tos_policies_value", "data_type": "TEXT", "status": "MISSING", "reason": null}]}]}
])";

inline constexpr std::string_view kBusinessV1Webhook = R"([
  {"section": "company_details", "categories": [{"document_type": "CERT_OF_INCORPORATION", "fields": [
    {"field_name": "files", "data_type": "URI", "status": "INVALID", "reason": "illegible", "side": "FRONT"},
    {"field_name": "text", "data_type": "TEXT", "status": "INVALID", "reason": "mismatch"}]}]},
  {"section": "ownership_structure", "categories": [{"document_type": "SHAREHOLDER_REGISTRY", "fields": [
    {"field_name": "files", "data_type": "URI", "status": "MISSING", "reason": null}]}]},
  {"section": "legal_presence", "categories": [{"document_type": "PROOF_OF_ADDRESS", "fields": [
    {"field_name": "files", "data_type": "URI", "status": "MISSING", "reason": null}]}]},
  {"section": "proof_of_identity", "categories": [{"document_type": "GOVERNMENT_ID", "fields": [
    {"field_name": "files", "data_type": "URI", "status": "EXPIRED", "reason": "expired", "side": "FRONT"},
    {"field_name": "files", "data_type": "URI", "status": "INVALID", "reason": "blurry", "side": "BACK"},
    {"field_name": "issue_date", "data_type": "DATE", "status": "MISSING", "reason": null},
    {"field_name": "expiry_date", "data_type": "DATE", "status": "MISSING", "reason": null},
    {"field_name": "text", "data_type": "TEXT", "status": "INVALID", "reason": "mismatch"}]}]},
  {"section": "proof_of_address", "categories": [{"document_type": "PROOF_OF_ADDRESS", "fields": [
    {"field_name": "files", "data_type": "URI", "status": "MISSING", "reason": null}]}]}
])";

inline constexpr std::string_view kBusinessV2Webhook = R"([
  {"section": "formation_documents", "categories": [{"document_type": "CERT_OF_INCORPORATION", "fields": [
    {"field_name": "files", "data_type": "URI", "status": "INVALID", "reason": "illegible", "side": "FRONT"},
    {"field_name": "text", "data_type": "TEXT", "status": "INVALID", "reason": "mismatch"}]}]},
  {"section": "ownership_documents", "categories": [{"document_type": "SHAREHOLDER_REGISTRY", "fields": [
    {"field_name": "files", "data_type": "URI", "status": "MISSING", "reason": null}]}]},
  {"section": "supporting_documents", "categories": [{"document_type": "PROOF_OF_ADDRESS", "fields": [
    {"field_name": "files", "data_type": "URI", "status": "MISSING", "reason": null}]}]},
  {"section": "identifying_documents", "categories": [{"document_type": "GOVERNMENT_ID", "fields": [
    {"field_name": "files", "data_type": "URI", "status": "EXPIRED", "reason": "expired", "side": "FRONT"},
    {"field_name": "files", "data_type": "URI", "status": "INVALID", "reason": "damaged", "side": "BACK"},
    {"field_name": "issue_date", "data_type": "DATE", "status": "MISSING", "reason": null},
    {"field_name": "expiry_date", "data_type": "DATE", "status": "MISSING", "reason": null},
    {"field_name": "text", "data_type": "TEXT", "status": "INVALID", "reason": "mismatch"}]}]},
  {"section": "tax_info", "categories": [{"document_type": "GOVERNMENT_ID", "fields": [
    {"field_name": "files", "data_type": "URI", "status": "MISSING", "reason": null},
    {"field_name": "text", "data_type": "TEXT", "status": "INVALID", "reason": "mismatch"}]}]},
  {"section": "address_documents", "categories": [{"document_type": "PROOF_OF_ADDRESS", "fields": [
    {"field_name": "files", "data_type": "URI", "status": "MISSING", "reason": null}]}]}
])";

inline constexpr std::string_view kBusinessPatch = R"({
  "ownership_documents": [{"type": "PROOF_OF_SIGNATORY_AUTHORITY", "description": "Shareholder Registry",
    "files": [{"uri": "/AbAcQ4hn_0652746727639.pdf"}]}],
  "formation_documents": [{"type": "REGISTRATION_DOCUMENT", "description": "Certificate of Incorporation",
    "files": [{"uri": "/AbAcQ4hn_0652746727637.pdf"}]}],
  "supporting_documents": [{"type": "PROOF_OF_SOURCE_OF_FUNDS", "description": "Proof of source of funds doc",
    "files": [{"uri": "/PoAdef45_0652746727640.pdf"}]}],
  "associated_party_attachments": [
    {"associated_party_id": "f6b13e01-044a-4f74-a70b-d5f66b6449af",
     "identifying_documents": [
       {"type": "PASSPORT", "number": "A12345678", "country": "USA", "issue_date": "2020-01-15",
        "expiry_date": "2030-01-15", "files": [{"uri": "/AbAcQ4hn_0652746727637.pdf"}]},
       {"type": "DRIVERS_LICENSE", "number": "DL987654321", "country": "USA", "issue_date": "2019-06-01",
        "expiry_date": "2029-06-01", "files": [{"side": "FRONT", "uri": "/AbAcQ4hn_0652746727645.pdf"},
                                               {"side": "BACK", "uri": "/AbAcQ4hn_0652746727646.pdf"}]}],
     "address_documents": [{"type": "BANK_STATEMENT", "files": [{"uri": "/AbAcQ4hn_0652746727638.pdf"}]}],
     "supporting_documents": []},
    {"associated_party_id": "f71dc19f-b9a0-49fb-bd2d-5add3c01626e",
     "identifying_documents": [
       {"type": "NATIONAL_ID", "number": "NID-987654", "country": "USA", "issue_date": "2021-03-10",
        "expiry_date": "2031-03-10", "files": [{"side": "FRONT", "uri": "/XyZ123mn_0652746727650.pdf"},
                                               {"side": "BACK", "uri": "/XyZ123mn_0652746727651.pdf"}]}],
     "address_documents": [{"type": "UTILITY_BILL", "files": [{"uri": "/XyZ123mn_0652746727652.pdf"}]}]}]
})";

}  // namespace rfi::allowlist
