#include "rfi/allowlist/standing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rfi::allowlist {
namespace {

constexpr std::string_view kCustomer = "6f9619ff-8b86-4d01-b42d-00c04fc964ff";
constexpr std::string_view kParty = "f6b13e01-044a-4f74-a70b-d5f66b6449af";

std::string item(const std::string& section,
                 const std::string& type,
                 const std::string& field,
                 const std::string& more = "") {
  return R"({)" + more + R"("section":")" + section + R"(","categories":[{"document_type":")" +
         type + R"(","fields":[{"field_name":")" + field +
         R"(","data_type":"TEXT","status":"INVALID","options":[]}]}]})";
}

std::string of_party(std::string_view party = kParty) {
  return R"("scope":"ASSOCIATED_PARTY","associated_party_id":")" + std::string{party} + R"(",)";
}

std::string customer(const std::string& list) {
  return R"({"data":{"customer_id":"6F9619FF-8b86-4d01-b42d-00c04fc964ff",)"
         R"("customer_status":"ACTION_REQUIRED","request_for_information":)" +
         list + "}}";
}

Standing standing(const std::string& requested,
                  const std::string& answer,
                  const Settings& settings = {}) {
  return standing_of(kCustomer, requested, "{}", answer, settings).standing;
}

struct Row {
  std::string requested;
  std::string open;  ///< the API's list
  Standing standing;
};

TEST(StandingOf, ComparesWhatIsGrantedWithWhatIsOpen) {
  const std::string party = "associated_party_attachments[" + std::string{kParty} + "].";
  const std::vector<Row> rows = {
      {R"(["proof_of_identity.number"])", "[]", Standing::closed},
      {R"(["proof_of_identity.number"])", "null", Standing::closed},
      {R"(["proof_of_identity.number"])",
       "[" + item("proof_of_identity", "PASSPORT", "number") + "]",
       Standing::open},
      {R"(["proof_of_identity.number"])",
       "[" + item("proof_of_identity", "PASSPORT", "files") + "]",
       Standing::closed},
      {R"(["proof_of_identity"])",
       "[" + item("proof_of_identity", "PASSPORT", "files") + "]",
       Standing::open},
      {R"(["supporting_documents[PROOF_OF_SOURCE_OF_FUNDS]"])",
       "[" + item("supporting_documents", "AML_COMFORT_LETTER", "files") + "]",
       Standing::closed},
      {R"(["supporting_documents[PROOF_OF_SOURCE_OF_FUNDS].files"])",
       "[" + item("supporting_documents", "AML_COMFORT_LETTER", "files") + "," +
           item("supporting_documents", "PROOF_OF_SOURCE_OF_FUNDS", "files") + "]",
       Standing::open},
      // The webhook asked for the family, the list names its member, and the other way round.
      {"[" + item("proof_of_identity", "GOVERNMENT_ID", "files") + "]",
       "[" + item("proof_of_identity", "PASSPORT", "files") + "]",
       Standing::open},
      {"[" + item("proof_of_identity", "PASSPORT", "files") + "]",
       "[" + item("proof_of_identity", "GOVERNMENT_ID", "files") + "]",
       Standing::open},
      {R"(["tos_policies_value"])",
       "[" + item("tos_policies_value", "TOS", "tos_policies_value") + "]",
       Standing::open},
      {"[\"" + party + "address_documents\"]",
       "[" + item("address_documents", "UTILITY_BILL", "files", of_party()) + "]",
       Standing::open},
      {"[\"" + party + "address_documents\"]",
       "[" +
           item("address_documents",
                "UTILITY_BILL",
                "files",
                of_party("11111111-044a-4f74-a70b-d5f66b6449af")) +
           "]",
       Standing::closed},
      // A list that leaves the party out may mean ours.
      {"[\"" + party + "address_documents\"]",
       "[" + item("address_documents", "UTILITY_BILL", "files") + "]",
       Standing::open},
      // Nothing that a PATCH of ours could have answered.
      {R"(["proof_of_identity"])",
       "[" + item("proof_of_identity", "PASSPORT", "text") + "]",
       Standing::closed},
      {R"(["proof_of_identity"])", "[" + item("tax_info", "TIN", "text") + "]", Standing::closed},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.requested + " against " + row.open);
    EXPECT_EQ(standing(row.requested, customer(row.open)), row.standing);
  }
}

TEST(StandingOf, NeverTakesForClosedWhatItCannotRead) {
  const std::string requested = R"(["proof_of_identity.number"])";
  const std::vector<std::string> answers = {
      "",
      "[]",
      "{}",
      R"({"data":[]})",
      R"({"data":{"request_for_information":[]}})",
      R"({"data":{"customer_id":"11111111-8b86-4d01-b42d-00c04fc964ff","request_for_information":[]}})",
      R"({"data":{"customer_id":"6f9619ff-8b86-4d01-b42d-00c04fc964ff"}})",
      customer("{}"),
      customer("[17]"),
      customer("[{}]"),
      customer(R"([{"section":"proof_of_identity"}])"),
      customer(R"([{"section":"proof_of_identity","categories":[{"document_type":"PASSPORT"}]}])"),
      customer(R"([{"section":17,"categories":[]}])"),
  };
  for (const std::string& answer : answers) {
    SCOPED_TRACE(answer);
    const Look look = standing_of(kCustomer, requested, "{}", answer, {});
    EXPECT_EQ(look.standing, Standing::unreadable);
    EXPECT_FALSE(look.detail.empty());
  }
}

TEST(StandingOf, LeavesOutWhatAPartialAnswerCouldNotMeet) {
  const std::string requested = R"(["proof_of_identity.number","proof_of_address.files"])";
  const std::string body = R"({"proof_of_identity":{"number":"A1"}})";
  const std::string answer =
      customer("[" + item("proof_of_address", "UTILITY_BILL", "files") + "]");
  Settings settings;
  EXPECT_EQ(standing_of(kCustomer, requested, body, answer, settings).standing, Standing::open);
  settings.partial = Partial::send;
  EXPECT_EQ(standing_of(kCustomer, requested, body, answer, settings).standing, Standing::closed);
}

TEST(StandingOf, DoesNotTakeTheSideThatWasSentForTheOneThatIsMissing) {
  const std::string requested =
      R"([{"section":"proof_of_identity","categories":[{"document_type":"PASSPORT","fields":[)"
      R"({"field_name":"files","side":"FRONT"},{"field_name":"files","side":"BACK"}]}]}])";
  const std::string body =
      R"({"proof_of_identity":{"type":"PASSPORT","files":[{"uri":"/f.pdf","side":"FRONT"}]}})";
  Settings settings;
  settings.partial = Partial::send;
  EXPECT_EQ(standing_of(kCustomer, requested, body, customer(requested), settings).standing,
            Standing::open);
  EXPECT_EQ(standing_of(kCustomer, requested, body, customer("[]"), settings).standing,
            Standing::closed);
}

TEST(StandingOf, ReadsTheListWithTheAliasesInForce) {
  Settings settings;
  settings.aliases.push_back({"proof_of_identity", "text", "number"});
  const std::string requested = "[" + item("proof_of_identity", "PASSPORT", "text") + "]";
  EXPECT_EQ(standing(requested, customer(requested), settings), Standing::open);
  EXPECT_EQ(standing(requested, customer("[]"), settings), Standing::closed);
}

}  // namespace
}  // namespace rfi::allowlist
