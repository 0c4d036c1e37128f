// The documented examples, end to end: body, paths sent, withheld and unmet.
#include "unit/allowlist/examples.hpp"

#include "unit/allowlist/projection_case.hpp"

#include "rfi/allowlist/body.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::allowlist {
namespace {

using Paths = std::vector<std::string>;

const std::string first_party =
    "associated_party_attachments[f6b13e01-044a-4f74-a70b-d5f66b6449af]";
const std::string second_party =
    "associated_party_attachments[f71dc19f-b9a0-49fb-bd2d-5add3c01626e]";

// The text without what stands for layout: no value of the examples holds two spaces or a line
// break.
std::string compact(std::string_view text) {
  std::string out;
  bool quoted = false;
  for (const char c : text) {
    quoted = c == '"' ? !quoted : quoted;
    if (quoted || (c != ' ' && c != '\n')) {
      out += c;
    }
  }
  return out;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// The webhook without the fields called text; they never stand first.
std::string without_text(std::string_view webhook) {
  return replaced(
      compact(webhook),
      R"(,{"field_name":"text","data_type":"TEXT","status":"INVALID","reason":"mismatch"})",
      "");
}

const std::string held_documents =
    R"({"proof_of_identity":{"type":"PASSPORT","number":"A1","issue_date":"2020-01-15","expiry_date":"2030-01-15",)"
    R"("files":[{"uri":"/f","side":"FRONT"},{"uri":"/b","side":"BACK"}]},)"
    R"("proof_of_address":{"type":"UTILITY_BILL","country":"USA","files":[{"uri":"/a"}]},"tos_policies_value":"t",)"
    R"("company_details":[{"type":"CERT_OF_INCORPORATION","number":"77","files":[{"uri":"/c"}]}],)"
    R"("ownership_structure":[{"type":"SHAREHOLDER_REGISTRY","files":[{"uri":"/o"}]}],)"
    R"("legal_presence":[{"type":"PROOF_OF_ADDRESS","files":[{"uri":"/l"}]}]})";

TEST(Examples, BusinessPatchPassesWholeWhenAllOfItIsAskedFor) {
  const Projection projection = project(asked({"ownership_documents",
                                               "formation_documents",
                                               "supporting_documents",
                                               first_party + ".identifying_documents",
                                               first_party + ".address_documents",
                                               second_party + ".identifying_documents",
                                               second_party + ".address_documents"}),
                                        kBusinessPatch,
                                        Settings{});
  EXPECT_EQ(projection.refusal, std::nullopt);
  EXPECT_EQ(projection.body,
            replaced(compact(kBusinessPatch), R"(,"supporting_documents":[])", ""));
  EXPECT_EQ(projection.withheld, Paths{});
  EXPECT_EQ(projection.unmet, Paths{});
  ASSERT_EQ(projection.sent.size(), 9U + 12U + 2U + 6U + 2U);
  EXPECT_EQ(projection.sent[2], "ownership_documents[PROOF_OF_SIGNATORY_AUTHORITY].files");
  EXPECT_EQ(projection.sent[10], first_party + ".identifying_documents[PASSPORT].number");
}

TEST(Examples, BusinessPatchIsCutToWhatTheRfiAsksFor) {
  const std::string requested =
      "[" +
      item(
          "identifying_documents",
          "PASSPORT",
          {"type", "expiry_date", "files"},
          R"("scope":"ASSOCIATED_PARTY","associated_party_id":"f6b13e01-044a-4f74-a70b-d5f66b6449af",)") +
      "," +
      item(
          "supporting_documents", "PROOF_OF_SOURCE_OF_FUNDS", {"files"}, R"("scope":"CUSTOMER",)") +
      "]";
  const Projection projection = project(requested, kBusinessPatch, Settings{});
  EXPECT_EQ(projection.refusal, std::nullopt);
  EXPECT_EQ(
      projection.body,
      R"({"supporting_documents":[{"type":"PROOF_OF_SOURCE_OF_FUNDS","files":[{"uri":"/PoAdef45_0652746727640.pdf"}]}],)"
      R"("associated_party_attachments":[{"associated_party_id":"f6b13e01-044a-4f74-a70b-d5f66b6449af",)"
      R"("identifying_documents":[{"type":"PASSPORT","expiry_date":"2030-01-15",)"
      R"("files":[{"uri":"/AbAcQ4hn_0652746727637.pdf"}]}]}]})");
  EXPECT_EQ(projection.sent,
            (Paths{"supporting_documents[PROOF_OF_SOURCE_OF_FUNDS].files",
                   first_party + ".identifying_documents[PASSPORT].type",
                   first_party + ".identifying_documents[PASSPORT].expiry_date",
                   first_party + ".identifying_documents[PASSPORT].files"}));
  EXPECT_EQ(projection.withheld,
            (Paths{"ownership_documents",
                   "formation_documents",
                   "supporting_documents[PROOF_OF_SOURCE_OF_FUNDS].description",
                   first_party + ".identifying_documents[PASSPORT].number",
                   first_party + ".identifying_documents[PASSPORT].country",
                   first_party + ".identifying_documents[PASSPORT].issue_date",
                   first_party + ".identifying_documents[DRIVERS_LICENSE]",
                   first_party + ".address_documents",
                   second_party}));
}

TEST(Examples, WebhooksAreRefusedForWhatHasNoPlace) {
  const std::string end = " has no place in any body; an alias can say where it goes";
  run({
      {"individual",
       std::string(kIndividualWebhook),
       held_documents,
       "",
       "requested[0].categories[0].fields[4]: field text of section proof_of_identity" + end},
      {"business V1",
       std::string(kBusinessV1Webhook),
       held_documents,
       "",
       "requested[0].categories[0].fields[1]: field text of section company_details" + end +
           "; requested[3].categories[0].fields[4]: field text of section proof_of_identity" + end},
      {"business V2",
       std::string(kBusinessV2Webhook),
       held_documents,
       "",
       "requested[0].categories[0].fields[1]: field text of section formation_documents" + end +
           "; requested[3]: section identifying_documents needs an associated_party_id"
           "; requested[3].categories[0].fields[4]: field text of section identifying_documents" +
           end + "; requested[4]: section tax_info" + end +
           "; requested[5]: section address_documents needs an associated_party_id"},
  });
}

TEST(Examples, WebhooksPassWithoutThemOrWithAnAlias) {
  const std::string identity =
      R"("issue_date":"2020-01-15","expiry_date":"2030-01-15","files":[{"uri":"/f","side":"FRONT"},)"
      R"({"uri":"/b","side":"BACK"}]},)";
  const std::string address =
      R"("proof_of_address":{"type":"UTILITY_BILL","files":[{"uri":"/a"}]})";
  const std::string company =
      R"("ownership_structure":[{"type":"SHAREHOLDER_REGISTRY","files":[{"uri":"/o"}]}],)"
      R"("legal_presence":[{"type":"PROOF_OF_ADDRESS","files":[{"uri":"/l"}]}]})";
  Settings alias;
  alias.aliases = {{"proof_of_identity", "text", "number"}, {"company_details", "text", "number"}};
  run({
      {"individual without",
       without_text(kIndividualWebhook),
       held_documents,
       R"({"proof_of_identity":{"type":"PASSPORT",)" + identity + address +
           R"(,"tos_policies_value":"t"})",
       ""},
      {"individual with",
       std::string(kIndividualWebhook),
       held_documents,
       R"({"proof_of_identity":{"type":"PASSPORT","number":"A1",)" + identity + address +
           R"(,"tos_policies_value":"t"})",
       "",
       alias},
      {"business V1 without",
       without_text(kBusinessV1Webhook),
       held_documents,
       R"({"proof_of_identity":{"type":"PASSPORT",)" + identity + address +
           R"(,"company_details":[{"type":"CERT_OF_INCORPORATION","files":[{"uri":"/c"}]}],)" +
           company,
       ""},
      {"business V1 with",
       std::string(kBusinessV1Webhook),
       held_documents,
       R"({"proof_of_identity":{"type":"PASSPORT","number":"A1",)" + identity + address +
           R"(,"company_details":[{"type":"CERT_OF_INCORPORATION","number":"77","files":[{"uri":"/c"}]}],)" +
           company,
       "",
       alias},
  });
}

TEST(Examples, BusinessV2WebhookPassesOnceItsPartyIsNamed) {
  // The party stands where the documentation promises it; tax_info goes by alias.
  std::string requested(kBusinessV2Webhook);
  const auto name_party = [&](const std::string& section) {
    requested = replaced(
        requested,
        R"("section": ")" + section,
        R"("associated_party_id": "F6B13E01-044A-4F74-A70B-D5F66B6449AF", "section": ")" + section);
  };
  name_party("identifying_documents");
  name_party("address_documents");
  name_party("tax_info");
  Settings settings;
  settings.aliases = {{"tax_info", "files", "supporting_documents.files"},
                      {"tax_info", "text", "supporting_documents.number"},
                      {"identifying_documents", "text", "number"},
                      {"formation_documents", "text", "number"}};
  const std::string documents =
      R"({"formation_documents":[{"type":"CERT_OF_INCORPORATION","number":"1","files":[{"uri":"/1"}]}],)"
      R"("ownership_documents":[{"type":"SHAREHOLDER_REGISTRY","files":[{"uri":"/2"}]}],)"
      R"("supporting_documents":[{"type":"PROOF_OF_ADDRESS","files":[{"uri":"/3"}]}],)"
      R"("associated_party_attachments":[{"associated_party_id":"f6b13e01-044a-4f74-a70b-d5f66b6449af",)"
      R"("identifying_documents":[{"type":"NATIONAL_ID","number":"2","issue_date":"3","expiry_date":"4",)"
      R"("files":[{"uri":"/4","side":"FRONT"},{"uri":"/5","side":"BACK"}]}],)"
      R"("supporting_documents":[{"type":"GOVERNMENT_ID","number":"5","files":[{"uri":"/6"}]}],)"
      R"("address_documents":[{"type":"BANK_STATEMENT","files":[{"uri":"/7"}]}]}]})";
  run({{"V2", requested, documents, documents, "", settings}});
}

TEST(Paths, ShowNamesTypesAndUuidsAndNoOtherText) {
  const std::string documents =
      R"({"proof_of_identity":{"number":"1","Jane Doe":"x","files":[{"uri":"/f","born 1970":"x"},{"uri":"/b","side":"BACK"}]},)"
      R"("supporting_documents":[{"type":"Jane's visa","number":"1","country":"USA"},{"number":"2"},{"type":"VISA","number":"3"}],)"
      R"("associated_party_attachments":[{"associated_party_id":"Jane","x":1},{"y":2}],"secret plan":{"a":1},"note":1})";
  const Projection projection =
      project(R"(["proof_of_identity.number","supporting_documents.number",)" +
                  item("proof_of_identity", "GOVERNMENT_ID", {R"(files","side":"FRONT)"}) + "]",
              documents,
              Settings{});
  EXPECT_EQ(projection.refusal, std::nullopt);
  EXPECT_EQ(projection.sent,
            (Paths{"proof_of_identity.number",
                   "proof_of_identity.files",
                   "supporting_documents[0].number",
                   "supporting_documents[1].number",
                   "supporting_documents[VISA].number"}));
  EXPECT_EQ(projection.withheld,
            (Paths{"proof_of_identity.?",
                   "proof_of_identity.files[0].?",
                   "proof_of_identity.files[1]",
                   "supporting_documents[0].country",
                   "associated_party_attachments",
                   "?",
                   "note"}));
}

TEST(Paths, ListEachUnmetGrantOnce) {
  Settings settings;
  settings.partial = Partial::send;
  const Projection projection =
      project(R"(["tos_policies_value",)" +
                  item("proof_of_identity",
                       "VISA",
                       {"state", R"(files","side":"FRONT)", "number", R"(files","side":"BACK)"}) +
                  "]",
              R"({"tos_policies_value":"t","proof_of_identity":{"type":"VISA","number":"1"}})",
              settings);
  EXPECT_EQ(projection.unmet,
            (Paths{"proof_of_identity[VISA].state", "proof_of_identity[VISA].files"}));
  EXPECT_EQ(projection.body,
            R"({"tos_policies_value":"t","proof_of_identity":{"type":"VISA","number":"1"}})");
}

TEST(CanonicalText, IsTheSameForTheSamePolicyAndForNoOther) {
  const std::string plain = canonical_text(Settings{});
  EXPECT_EQ(plain, canonical_text(Settings{}));
  std::vector<Settings> others(9);
  others[0].policy = Policy::document;
  others[1].partial = Partial::send;
  others[2].extra_fields = {"a", "bc"};
  others[3].extra_fields = {"ab", "c"};
  others[4].generic_types.clear();
  others[5].aliases = {{"a", "b", "c"}};
  others[6].aliases = {{"a", {}, "c"}};
  others[7].aliases = {{"a", "", "c"}};
  others[8].max_body_bytes = 7;
  std::vector<std::string> texts = {plain};
  for (const Settings& settings : others) {
    texts.push_back(canonical_text(settings));
  }
  std::ranges::sort(texts);
  EXPECT_EQ(std::ranges::adjacent_find(texts), texts.end());
  Settings swapped = others[2];
  std::ranges::reverse(swapped.extra_fields);
  EXPECT_EQ(canonical_text(swapped), canonical_text(others[2]));
}

}  // namespace
}  // namespace rfi::allowlist
