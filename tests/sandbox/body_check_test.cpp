#include "sandbox/body_check.hpp"

#include <boost/json/parse.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace rfi::sandbox {
namespace {

constexpr const char* kParty = "f6b13e01-044a-4f74-a70b-d5f66b6449af";

RequestedField field(const std::string& section,
                     const std::string& type,
                     const std::string& name,
                     const std::string& side = "",
                     const std::string& party = "") {
  return {.party = party, .section = section, .document_type = type, .field = name, .side = side};
}

std::vector<RequestedField> open_fields() {
  return {field("proof_of_identity", "PASSPORT", "expiry_date"),                  // 0
          field("proof_of_identity", "PASSPORT", "files", "FRONT"),               // 1
          field("supporting_documents", "OTHER", "files"),                        // 2
          field("supporting_documents", "OTHER", "type"),                         // 3
          field("tos_policies_value", "TOS", "tos_policies_value"),               // 4
          field("identifying_documents", "GOVERNMENT_ID", "number", "", kParty),  // 5
          field("address_documents", "PROOF_OF_ADDRESS", "files", "", kParty)};   // 6
}

struct Case {
  std::string name;
  std::string body;
  std::set<std::string> refused;
  std::set<std::size_t> answered;
};

const std::string attachment_begin =
    R"({"associated_party_attachments":[{"associated_party_id":"F6B13E01-044A-4F74-A70B-D5F66B6449AF",)";
const std::string attachment_path =
    "associated_party_attachments[f6b13e01-044a-4f74-a70b-d5f66b6449af]";

std::vector<Case> cases() {
  return {
      {"a requested field with its type",
       R"({"proof_of_identity":{"type":"PASSPORT","expiry_date":"2030-01-01"}})",
       {},
       {0}},
      {"a singular document needs no type",
       R"({"proof_of_identity":{"expiry_date":"2030-01-01"}})",
       {},
       {0}},
      {"an unrequested field beside it",
       R"({"proof_of_identity":{"type":"PASSPORT","expiry_date":"2030-01-01","number":"1"}})",
       {"proof_of_identity.number"},
       {0}},
      {"an unrequested section",
       R"({"proof_of_address":{"files":[{"uri":"/a"}]}})",
       {"proof_of_address"},
       {}},
      {"another type of document",
       R"({"proof_of_identity":{"type":"NATIONAL_ID","expiry_date":"2030-01-01"}})",
       {"proof_of_identity"},
       {}},
      {"the type alone where it was not asked for",
       R"({"proof_of_identity":{"type":"PASSPORT"}})",
       {"proof_of_identity"},
       {}},
      {"the type alone where it was asked for",
       R"({"supporting_documents":[{"type":"OTHER"}]})",
       {},
       {3}},
      {"an item of a list needs its type",
       R"({"supporting_documents":[{"files":[{"uri":"/a"}]}]})",
       {"supporting_documents[]"},
       {}},
      {"one good item and one unrequested",
       R"({"supporting_documents":[{"type":"OTHER","files":[{"uri":"/a"}]},{"type":"VISA","files":[{"uri":"/b"}]}]})",
       {"supporting_documents[VISA]"},
       {2, 3}},
      {"the side that was asked for",
       R"({"proof_of_identity":{"files":[{"uri":"/a","side":"FRONT"}]}})",
       {},
       {1}},
      {"a file that names no side", R"({"proof_of_identity":{"files":[{"uri":"/a"}]}})", {}, {1}},
      {"the other side",
       R"({"proof_of_identity":{"files":[{"uri":"/a","side":"BACK"}]}})",
       {"proof_of_identity.files[0].side"},
       {}},
      {"a file with a note",
       R"({"proof_of_identity":{"files":[{"uri":"/a","path":"b"}]}})",
       {"proof_of_identity.files[0].path"},
       {1}},
      {"a file without uri",
       R"({"proof_of_identity":{"files":[{"side":"FRONT"}]}})",
       {"proof_of_identity.files[0].uri"},
       {}},
      {"an empty list of files",
       R"({"proof_of_identity":{"files":[]}})",
       {"proof_of_identity", "proof_of_identity.files"},
       {}},
      {"a null",
       R"({"proof_of_identity":{"expiry_date":null}})",
       {"proof_of_identity", "proof_of_identity.expiry_date"},
       {}},
      {"an empty section", R"({"supporting_documents":[]})", {"supporting_documents"}, {}},
      {"a plain value", R"({"tos_policies_value":"x"})", {}, {4}},
      {"a generic type covers its family",
       attachment_begin + R"("identifying_documents":[{"type":"DRIVERS_LICENSE","number":"1"}]}]})",
       {},
       {5}},
      {"a party's field at the top",
       R"({"identifying_documents":[{"type":"PASSPORT","number":"1"}]})",
       {"identifying_documents"},
       {}},
      {"the customer's section in a party",
       attachment_begin + R"("supporting_documents":[{"type":"OTHER","files":[{"uri":"/a"}]}]}]})",
       {attachment_path + ".supporting_documents"},
       {}},
      {"a party's unrequested field",
       attachment_begin +
           R"("address_documents":[{"type":"BANK_STATEMENT","country":"USA","files":[{"uri":"/a"}]}]}]})",
       {attachment_path + ".address_documents[BANK_STATEMENT].country"},
       {6}},
      {"a party alone",
       R"({"associated_party_attachments":[{"associated_party_id":"f6b13e01-044a-4f74-a70b-d5f66b6449af"}]})",
       {attachment_path},
       {}},
      {"an empty body", "{}", {"body"}, {}},
      {"no object", "[]", {"body"}, {}}};
}

TEST(BodyCheck, RefusesWhatWasNotRequestedAndNamesIt) {
  const std::vector<RequestedField> requested = open_fields();
  for (const Case& row : cases()) {
    SCOPED_TRACE(row.name);
    const BodyCheck check = check_body(boost::json::parse(row.body), requested);
    std::set<std::string> refused;
    for (const auto& [path, why] : check.refused) {
      refused.insert(path);
      EXPECT_FALSE(why.empty());
    }
    EXPECT_EQ(refused, row.refused);
    EXPECT_EQ(std::set<std::size_t>(check.answered.begin(), check.answered.end()), row.answered);
  }
}

}  // namespace
}  // namespace rfi::sandbox
