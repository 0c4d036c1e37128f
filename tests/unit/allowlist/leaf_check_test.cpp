#include "rfi/allowlist/leaf_check.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rfi::allowlist {
namespace {

using Paths = std::vector<std::string>;

constexpr std::string_view kParty = "f6b13e01-044a-4f74-a70b-d5f66b6449af";

// One field of one document type, as the tree asks for it.
std::string tree(std::string_view section,
                 std::string_view type,
                 std::string_view field,
                 std::string_view more = {}) {
  std::string text = R"([{"section":")";
  text += section;
  text += R"(","categories":[{"document_type":")";
  text += type;
  text += R"(","fields":[{"field_name":")";
  text += field;
  text += '"';
  text += more;
  text += "}]}]}]";
  return text;
}

struct Case {
  Case(std::string_view case_name, std::string asked, std::string sent, Paths expected)
      : name(case_name),
        requested(std::move(asked)),
        body(std::move(sent)),
        uncovered(std::move(expected)) {}

  std::string_view name;
  std::string requested;
  std::string body;
  Paths uncovered;
};

void expect_all(const std::vector<Case>& cases, const Settings& settings = {}) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(uncovered_leaves(c.body, c.requested, settings), c.uncovered);
  }
}

TEST(LeafCheck, FindsNothingInWhatWasAskedFor) {
  const std::string party = R"({"associated_party_attachments":[{"associated_party_id":")";
  expect_all({
      {"a field",
       R"(["proof_of_identity.expiry_date"])",
       R"({"proof_of_identity":{"type":"PASSPORT","expiry_date":"2030-01-01"}})",
       {}},
      {"the tree",
       tree("supporting_documents", "OTHER", "files"),
       R"({"supporting_documents":[{"type":"OTHER","files":[{"uri":"/a","side":"FRONT"}]}]})",
       {}},
      {"a generic type",
       R"(["proof_of_identity[GOVERNMENT_ID].number"])",
       R"({"proof_of_identity":{"type":"PASSPORT","number":"1"}})",
       {}},
      {"a whole section",
       R"(["formation_documents"])",
       R"({"formation_documents":[{"type":"A","description":"d","files":[{"uri":"/a"}]}]})",
       {}},
      {"the terms in every form",
       R"(["tos_policies_value[TOS]"])",
       R"({"tos_policies_value":"x"})",
       {}},
      {"the terms in the tree",
       tree("tos_policies_value", "TOS", "tos_policies_value"),
       R"({"tos_policies_value":"x"})",
       {}},
      {"type alone",
       R"(["ownership_documents[A].type"])",
       R"({"ownership_documents":[{"type":"A"}]})",
       {}},
      {"a field beyond the documented ones, as stored",
       R"(["proof_of_address.note"])",
       R"({"proof_of_address":{"note":{"deep":[1,null,{}]}}})",
       {}},
      {"an unknown section", R"(["news"])", R"({"news":[1,{"a":[]}]})", {}},
      {"a party in another case",
       R"(["associated_party_attachments[F6B13E01-044A-4F74-A70B-D5F66B6449AF].address_documents"])",
       party + std::string(kParty) + R"(","address_documents":[{"type":"A","number":"1"}]}]})",
       {}},
  });
}

TEST(LeafCheck, ListsEveryLeafNobodyAskedFor) {
  const std::string party = R"({"associated_party_attachments":[{"associated_party_id":")" +
                            std::string(kParty) + R"(",)";
  const std::string of_party =
      R"(["associated_party_attachments[)" + std::string(kParty) + R"(].address_documents[A]"])";
  expect_all({
      {"another field, with its type",
       R"(["proof_of_identity.number"])",
       R"({"proof_of_identity":{"type":"PASSPORT","country":"USA"}})",
       {"proof_of_identity.country", "proof_of_identity.type"}},
      {"another section",
       R"(["proof_of_identity"])",
       R"({"proof_of_address":{"country":"USA"}})",
       {"proof_of_address.country"}},
      {"another type",
       R"(["supporting_documents[OTHER]"])",
       R"({"supporting_documents":[{"type":"OTHER","number":"1"},{"type":"VISA","number":"1"}]})",
       {"supporting_documents[1].number", "supporting_documents[1].type"}},
      {"a type that is generic elsewhere",
       R"(["supporting_documents[GOVERNMENT_ID].number"])",
       R"({"supporting_documents":[{"type":"VISA","number":"1"}]})",
       {"supporting_documents[0].number", "supporting_documents[0].type"}},
      {"a note under a whole-section grant",
       R"(["proof_of_address"])",
       R"({"proof_of_address":{"country":"USA","note":{"a":1,"b":[],"c":{}}}})",
       {"proof_of_address.note.a", "proof_of_address.note.b", "proof_of_address.note.c"}},
      {"more of a file than its address",
       R"(["proof_of_address.files"])",
       R"({"proof_of_address":{"files":[{"uri":"/a","name":"n","side":null}]}})",
       {"proof_of_address.files[0].name", "proof_of_address.files[0].side"}},
      {"the other side",
       tree("proof_of_identity", "PASSPORT", "files", R"(,"side":"FRONT")"),
       R"({"proof_of_identity":{"type":"PASSPORT","files":[{"uri":"/a"},{"uri":"/b","side":"BACK"}]}})",
       {"proof_of_identity.files[1].uri", "proof_of_identity.files[1].side"}},
      {"a file without an address",
       R"(["proof_of_address.files"])",
       R"({"proof_of_address":{"files":[{"side":"FRONT"}]}})",
       {"proof_of_address.files[0].side"}},
      {"a documented field of another JSON type",
       R"(["proof_of_address.number"])",
       R"({"proof_of_address":{"number":{"secret":1}}})",
       {"proof_of_address.number.secret"}},
      {"empty containers",
       R"(["proof_of_address","formation_documents"])",
       R"({"proof_of_address":{},"formation_documents":[],"news":[[]]})",
       {"proof_of_address", "formation_documents", "news[0]"}},
      {"another party",
       of_party,
       R"({"associated_party_attachments":[{"associated_party_id":"00000000-0000-0000-0000-000000000000","address_documents":[{"type":"A","number":"1"}]}]})",
       {"associated_party_attachments[0].address_documents[0].number",
        "associated_party_attachments[0].address_documents[0].type",
        "associated_party_attachments[0].associated_party_id"}},
      {"a party without a document",
       of_party,
       party + R"("proof_of_identity":{"number":"1"}}]})",
       {"associated_party_attachments[0].proof_of_identity.number",
        "associated_party_attachments[0].associated_party_id"}},
      {"the party's section at the customer",
       of_party,
       R"({"address_documents":[{"type":"A","number":"1"}]})",
       {"address_documents[0].number", "address_documents[0].type"}},
      {"type alone under a whole-document grant",
       R"(["formation_documents[A]"])",
       R"({"formation_documents":[{"type":"A"}]})",
       {"formation_documents[0].type"}},
      {"terms that are no string",
       R"(["tos_policies_value"])",
       R"({"tos_policies_value":{"a":1}})",
       {"tos_policies_value.a"}},
      {"terms of another name",
       R"(["tos_policies_value[OTHER]"])",
       R"({"tos_policies_value":"x"})",
       {"tos_policies_value"}},
      {"a singular section with many documents",
       R"(["proof_of_identity"])",
       R"({"proof_of_identity":[{"number":"1"}]})",
       {"proof_of_identity[0].number"}},
      {"an item that is no document",
       R"(["formation_documents"])",
       R"({"formation_documents":["x",{"number":"1"}]})",
       {"formation_documents[0]"}},
  });
}

TEST(LeafCheck, ShowsNamesAndNeverValues) {
  const std::string long_name(65, 'a');
  expect_all({{"names that could be values",
               R"(["proof_of_identity"])",
               R"({"Jane Doe":"secret","proof_of_identity":{"a.b":"secret","":{"é":1}},")" +
                   long_name + R"(":2})",
               {"?", "proof_of_identity.?", "proof_of_identity.?.?", "?"}}});
}

TEST(LeafCheck, WidensOnlyDocumentsWhoseFilesAreGranted) {
  Settings settings;
  settings.policy = Policy::document;
  const std::string requested = tree("formation_documents", "A", "files", R"(,"side":"FRONT")");
  expect_all(
      {
          {"with a file",
           requested,
           R"({"formation_documents":[{"type":"A","number":"1","note":"n","files":[{"uri":"/a"},{"uri":"/b","side":"BACK"}]}]})",
           {"formation_documents[0].note",
            "formation_documents[0].files[1].uri",
            "formation_documents[0].files[1].side"}},
          {"without one",
           requested,
           R"({"formation_documents":[{"type":"A","number":"1"}]})",
           {"formation_documents[0].number", "formation_documents[0].type"}},
      },
      settings);
}

TEST(LeafCheck, FollowsTheSettings) {
  Settings settings;
  settings.extra_fields = {"tax_number"};
  settings.generic_types = {{"ANY_PAPER", {"formation_documents", "news"}}};
  settings.aliases = {
      {.section = "tax_info", .field = std::nullopt, .as = "proof_of_identity"},
      {.section = "formation_documents", .field = "text", .as = "number"},
      {.section = "ownership_documents", .field = "text", .as = "formation_documents.description"}};
  const std::string number = R"({"formation_documents":[{"type":"A","number":"1"}]})";
  const std::string description = R"({"formation_documents":[{"type":"A","description":"1"}]})";
  expect_all(
      {
          {"extra field",
           R"(["proof_of_identity"])",
           R"({"proof_of_identity":{"tax_number":"1"}})",
           {}},
          {"generic type", R"(["formation_documents[ANY_PAPER].number"])", number, {}},
          {"section", R"(["tax_info.number"])", R"({"proof_of_identity":{"number":"1"}})", {}},
          {"field", R"(["formation_documents[A].text"])", number, {}},
          {"section and field", tree("ownership_documents", "A", "text"), description, {}},
          {"no other field",
           R"(["formation_documents[A].text"])",
           description,
           {"formation_documents[0].description", "formation_documents[0].type"}},
          {"a generic type is no whole section",
           R"(["formation_documents[ANY_PAPER]","news[ANY_PAPER]"])",
           R"({"news":[{"number":"1","note":"n"}]})",
           {"news[0].note"}},
          {"the table that was replaced",
           R"(["proof_of_identity[GOVERNMENT_ID].number"])",
           R"({"proof_of_identity":{"type":"PASSPORT","number":"1"}})",
           {"proof_of_identity.number", "proof_of_identity.type"}},
      },
      settings);
}

TEST(LeafCheck, GrantsNothingWhenARequestCannotBeRead) {
  const std::string good = R"({"proof_of_identity":{"number":"1"}})";
  const auto item = [](std::string_view members) {
    std::string text =
        R"([{"categories":[{"document_type":"A","fields":[{"field_name":"number"}]}])";
    text += members;
    return text + "}]";
  };
  const std::vector<std::string> elements = {
      "[1]",
      "[null]",
      R"([""])",
      R"(["proof_of_identity.number\n"])",
      R"(["proof_of_identity.number.x"])",
      R"(["proof_of_identity."])",
      R"(["proof_of_identity[]"])",
      R"(["proof_of_identity[A"])",
      R"(["associated_party_attachments"])",
      R"(["associated_party_attachments[f6b13e01-044a-4f74-a70b-d5f66b6449af]"])",
      R"(["associated_party_attachments[f6b13e01-044a-4f74-a70b-d5f66b6449a].proof_of_identity"])",
      R"(["associated_party_attachments[f6b13e01-044a-4f74-a70b-d5f66b6449af].associated_party_id"])",
      R"(["identifying_documents"])",
      R"(["tax_info"])",
      R"(["proof_of_identity.text"])",
      item(""),
      item(R"(,"section":"")"),
      item(R"(,"section":7)"),
      item(R"(,"section":"proof_of_identity","associated_party_id":"")"),
      item(R"(,"section":"proof_of_identity","scope":"ASSOCIATED_PARTY")"),
      item(
          R"(,"section":"proof_of_identity","scope":"CUSTOMER","associated_party_id":"f6b13e01-044a-4f74-a70b-d5f66b6449af")"),
      tree("proof_of_identity", "", "number"),
      tree("proof_of_identity", "A", ""),
      tree("proof_of_identity", "A", "files", R"(,"side":"LEFT")"),
      R"([{"section":"proof_of_identity","categories":[]}])",
      R"([{"section":"proof_of_identity","categories":[{"document_type":"A","fields":[]}]}])",
  };
  for (const std::string& requested : elements) {
    SCOPED_TRACE(requested);
    EXPECT_EQ(uncovered_leaves(good, requested, {}),
              Paths{"requested[0]: not a grant the check can read"});
  }
}

TEST(LeafCheck, RefusesWhatDoesNotParse) {
  const std::string deep_array = std::string(10000, '[') + std::string(10000, ']');
  const std::string deep_object = [] {
    std::string text;
    for (int i = 0; i < 10000; ++i) {
      text += R"({"a":)";
    }
    return text + "1" + std::string(10000, '}');
  }();
  const Paths bad_body{"body: not a JSON object the check can read"};
  const Paths bad_request{"requested: not a JSON array the check can read"};
  for (const std::string& body : {std::string(),
                                  std::string("[]"),
                                  std::string("{} x"),
                                  std::string("{"),
                                  std::string("{\"news\":\"\xff\"}"),
                                  std::string(R"({"news":1,"news":2})"),
                                  std::string(R"({"news":{"a":1,"\u0061":2}})"),
                                  deep_array,
                                  deep_object}) {
    SCOPED_TRACE(body.substr(0, 40));
    EXPECT_EQ(uncovered_leaves(body, R"(["news"])", {}), bad_body);
  }
  for (const std::string& requested :
       {std::string(), std::string("{}"), std::string("[\"news\"]]"), deep_array, deep_object}) {
    SCOPED_TRACE(requested.substr(0, 40));
    EXPECT_EQ(uncovered_leaves(R"({"news":1})", requested, {}), bad_request);
  }
}

TEST(LeafCheck, CallsAnEmptyBodyALeaf) {
  EXPECT_EQ(uncovered_leaves("{}", R"(["news"])", {}), Paths{"body: an empty object"});
}

TEST(LeafCheck, ReadsDeepAsTheContractAllows) {
  const std::string inside = std::string(31, '[') + "1" + std::string(31, ']');
  EXPECT_EQ(uncovered_leaves("{\"news\":" + inside + "}", R"(["news"])", {}), Paths{});
  EXPECT_EQ(uncovered_leaves("{\"news\":[" + inside + "]}", R"(["news"])", {}).size(), 1U);
}

}  // namespace
}  // namespace rfi::allowlist
