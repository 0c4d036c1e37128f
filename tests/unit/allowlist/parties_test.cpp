// The terms, which are a section and a value at once, and the parties' attachments: rules 4 and 5
// of the allowlist.
#include "unit/allowlist/projection_case.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rfi::allowlist {
namespace {

const std::string one_party = "f6b13e01-044a-4f74-a70b-d5f66b6449af";
const std::string other_party = "0a6d4e0f-22a5-4f35-9d6c-0b0ed2b6c0a1";
const std::string party_path = "associated_party_attachments[" + one_party + "].";

std::string missing(const std::string& what) {
  return "documents: hold no value for " + what;
}

TEST(Projection, TermsAreOneGrantInAllTheirSpellings) {
  const std::string terms = R"({"proof_of_identity":{"number":"1"},"tos_policies_value":"t-1"})";
  const std::string body = R"({"tos_policies_value":"t-1"})";
  run({
      {"section", asked({"tos_policies_value"}), terms, body, ""},
      {"type", asked({"tos_policies_value[TOS]"}), terms, body, ""},
      {"field", asked({"tos_policies_value.tos_policies_value"}), terms, body, ""},
      {"type and field", asked({"tos_policies_value[TOS].tos_policies_value"}), terms, body, ""},
      {"item",
       "[" + item("tos_policies_value", "TOS", {"tos_policies_value"}) + "]",
       terms,
       body,
       ""},
      {"another type",
       asked({"tos_policies_value[VISA]"}),
       terms,
       "",
       missing("tos_policies_value[VISA]")},
      {"another field",
       asked({"tos_policies_value.files"}),
       terms,
       "",
       missing("tos_policies_value.files")},
      {"not a string",
       asked({"tos_policies_value"}),
       R"({"tos_policies_value":{"a":1}})",
       "",
       "tos_policies_value: must be a string"},
      {"null",
       asked({"tos_policies_value"}),
       R"({"tos_policies_value":null})",
       "",
       missing("tos_policies_value")},
      {"empty is a value",
       asked({"tos_policies_value"}),
       R"({"tos_policies_value":""})",
       R"({"tos_policies_value":""})",
       ""},
      {"not asked for",
       asked({"proof_of_identity.number"}),
       terms,
       R"({"proof_of_identity":{"number":"1"}})",
       ""},
  });
}

TEST(Projection, PartiesAreAddressedByTheirId) {
  const auto attachment = [](const std::string& id, const std::string& rest) {
    return R"({"associated_party_id":")" + id + "\"," + rest + "}";
  };
  const std::string visa = R"("supporting_documents":[{"type":"VISA","description":"d"}])";
  const auto parties = [](const std::string& list) {
    return R"({"associated_party_attachments":[)" + list + "]}";
  };
  const std::string upper = "F6B13E01-044A-4F74-A70B-D5F66B6449AF";
  const std::string scope = R"("scope":"ASSOCIATED_PARTY","associated_party_id":")";
  run({
      {"only that party",
       asked({party_path + "supporting_documents"}),
       parties(attachment(other_party, visa) + "," + attachment(one_party, visa + R"(,"note":1)")),
       parties(attachment(one_party, visa)),
       ""},
      {"the tree",
       "[" + item("supporting_documents", "VISA", {"description"}, scope + upper + "\",") + "]",
       parties(attachment(one_party, visa)),
       parties(attachment(one_party, visa)),
       ""},
      {"the body carries the documents' spelling",
       asked({party_path + "supporting_documents[VISA]"}),
       parties(attachment(upper, visa)),
       parties(attachment(upper, visa)),
       ""},
      {"two attachments of one party",
       asked({party_path + "supporting_documents"}),
       parties(attachment(one_party, visa) + "," + attachment(upper, visa)),
       parties(attachment(one_party, visa) + "," + attachment(upper, visa)),
       ""},
      {"the id keeps its place",
       asked({party_path + "supporting_documents"}),
       parties("{" + visa + R"(,"associated_party_id":")" + one_party + "\"}"),
       parties("{" + visa + R"(,"associated_party_id":")" + one_party + "\"}"),
       ""},
      {"the older sections of a party",
       asked({party_path + "proof_of_identity.number"}),
       parties(attachment(one_party,
                          R"("proof_of_identity":{"type":"VISA","number":"1","country":"USA"})")),
       parties(attachment(one_party, R"("proof_of_identity":{"type":"VISA","number":"1"})")),
       ""},
      {"no id: nobody's",
       asked({party_path + "supporting_documents"}),
       parties("{" + visa + "}"),
       "",
       missing(party_path + "supporting_documents")},
      {"an id that is no text",
       asked({party_path + "supporting_documents"}),
       parties(R"({"associated_party_id":1,)" + visa + "}"),
       "",
       missing(party_path + "supporting_documents")},
      {"the customer's own section is not the party's",
       asked({party_path + "supporting_documents"}),
       "{" + visa + "}",
       "",
       missing(party_path + "supporting_documents")},
      {"nor the other way round",
       asked({"supporting_documents"}),
       parties(attachment(one_party, visa)),
       "",
       missing("supporting_documents")},
      {"attachments that are no array",
       asked({party_path + "supporting_documents"}),
       R"({"associated_party_attachments":)" + attachment(one_party, visa) + "}",
       "",
       missing(party_path + "supporting_documents")},
      {"an id that is no UUID is compared as it is",
       "[" +
           item("supporting_documents",
                "VISA",
                {"description"},
                R"("associated_party_id":"Party-1",)") +
           "]",
       parties(attachment("party-1", visa) + "," + attachment("Party-1", visa)),
       parties(attachment("Party-1", visa)),
       ""},
  });
}

TEST(Projection, SectionsOfPartiesNeedTheirParty) {
  run({
      {"identifying_documents",
       asked({"identifying_documents"}),
       R"({"identifying_documents":[]})",
       "",
       "requested[0]: section identifying_documents needs an associated_party_id"},
      {"address_documents in the tree",
       R"(["proof_of_address",)" +
           item("address_documents", "PROOF_OF_ADDRESS", {"files", "type"}) + "]",
       "{}",
       "",
       "requested[1]: section address_documents needs an associated_party_id"},
  });
}

}  // namespace
}  // namespace rfi::allowlist
