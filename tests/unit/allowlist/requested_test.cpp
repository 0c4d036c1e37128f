// How `requested` is refused: each problem with its position, and nothing widened by an absent
// value.
#include "unit/allowlist/projection_case.hpp"

#include "rfi/allowlist/grant.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rfi::allowlist {
namespace {

struct RequestedCase {
  std::string requested;
  std::string problem;
};

void run(const std::vector<RequestedCase>& cases) {
  for (const RequestedCase& one : cases) {
    SCOPED_TRACE(one.requested);
    EXPECT_EQ(read_requested(one.requested, Settings{}).problems.text(), one.problem);
  }
}

// One item with `member` added to good ones.
std::string with(const std::string& section,
                 const std::string& category,
                 const std::string& field) {
  return R"([{)" + section + R"("categories":[{)" + category + R"("fields":[{)" + field + "}]}]}]";
}

const std::string good_section = R"("section":"proof_of_identity",)";
const std::string good_type = R"("document_type":"VISA",)";
const std::string good_field = R"("field_name":"number")";
const std::string party_uuid = "f6b13e01-044a-4f74-a70b-d5f66b6449af";

TEST(Requested, AsksForSomething) {
  run(std::vector<RequestedCase>{
      {"[]", "requested: asks for nothing"},
      {"{}", "requested: must be an array of items or paths"},
      {"\"proof_of_identity\"", "requested: must be an array of items or paths"},
      {"null", "requested: must be an array of items or paths"},
      {"", "requested: at byte 1: the text ends too early"},
      {"[1]", "requested[0]: must be an item (an object) or a path (a string)"},
      {R"(["proof_of_identity",null,[]])",
       "requested[1]: must be an item (an object) or a path (a string); "
       "requested[2]: must be an item (an object) or a path (a string)"},
      {"[{}]",
       "requested[0].section: must be a string that is not empty; "
       "requested[0].categories: must be an array that is not empty"},
      {with(good_section, good_type, good_field), ""},
  });
}

TEST(Requested, IsNeverWidenedByAnAbsentValue) {
  const std::string section = "requested[0].section: must be a string that is not empty";
  const std::string type =
      "requested[0].categories[0].document_type: must be a string that is not empty";
  const std::string field =
      "requested[0].categories[0].fields[0].field_name: must be a string that is not empty";
  const std::string categories = "requested[0].categories: must be an array that is not empty";
  const std::string fields =
      "requested[0].categories[0].fields: must be an array that is not empty";
  std::vector<RequestedCase> cases = {
      {with("", good_type, good_field), section},
      {with(good_section, "", good_field), type},
      {with(good_section, good_type, ""), field},
      {with("", "", ""), section + "; " + type + "; " + field},
      {"[{" + good_section + R"("categories":[1]}])",
       "requested[0].categories[0]: must be an object"},
      {"[{" + good_section + R"("categories":[{)" + good_type + R"("fields":["number"]}]}])",
       "requested[0].categories[0].fields[0]: must be an object"},
      {"[{" + good_section + R"("categories":[{"document_type":"VISA"}]}])", fields},
  };
  for (const std::string bad : {"null", "\"\"", "1", "[]", "{}", "[\"VISA\"]", "true"}) {
    cases.push_back({with("\"section\":" + bad + ",", good_type, good_field), section});
    cases.push_back({with(good_section, "\"document_type\":" + bad + ",", good_field), type});
    cases.push_back({with(good_section, good_type, "\"field_name\":" + bad), field});
  }
  const auto with_categories = [](const std::string& list) {
    return "[{" + good_section + "\"categories\":" + list + "}]";
  };
  const auto with_fields = [](const std::string& list) {
    return "[{" + good_section + R"("categories":[{)" + good_type + "\"fields\":" + list + "}]}]";
  };
  for (const std::string bad : {"null", "\"\"", "1", "[]", "{}", R"({"a":1})", "\"files\""}) {
    cases.push_back({with_categories(bad), categories});
    cases.push_back({with_fields(bad), fields});
  }
  run(cases);
}

TEST(Requested, SaysWhoseAnItemIs) {
  const auto one = [](const std::string& members) {
    return with(members + good_section, good_type, good_field);
  };
  const std::string party = R"("associated_party_id":")" + party_uuid + "\",";
  const std::string bad_id = "requested[0].associated_party_id: must be a string that is not empty";
  const std::string bad_scope = "requested[0].scope: must be CUSTOMER or ASSOCIATED_PARTY";
  run(std::vector<RequestedCase>{
      {one(R"("scope":"CUSTOMER",)"), ""},
      {one(R"("scope":"ASSOCIATED_PARTY",)" + party), ""},
      {one(party), ""},
      {one(R"("scope":null,"associated_party_id":null,)"), ""},
      {one(R"("scope":null,)" + party), ""},
      {one(R"("scope":"ASSOCIATED_PARTY",)"),
       "requested[0]: scope ASSOCIATED_PARTY needs an associated_party_id"},
      {one(R"("scope":"ASSOCIATED_PARTY","associated_party_id":null,)"),
       "requested[0]: scope ASSOCIATED_PARTY needs an associated_party_id"},
      {one(R"("scope":"CUSTOMER",)" + party),
       "requested[0]: scope CUSTOMER allows no associated_party_id"},
      {one(R"("associated_party_id":"",)"), bad_id},
      {one(R"("associated_party_id":1,)"), bad_id},
      {one(R"("associated_party_id":{},)"), bad_id},
      {one(R"("associated_party_id":[],)"), bad_id},
      {one(R"("scope":"customer",)"), bad_scope},
      {one(R"("scope":"",)"), bad_scope},
      {one(R"("scope":[],)"), bad_scope},
  });
}

TEST(Requested, KnowsTwoSides) {
  const auto one = [](const std::string& side) {
    return with(good_section, good_type, R"("field_name":"files","side":)" + side);
  };
  const std::string bad = "requested[0].categories[0].fields[0].side: must be FRONT or BACK";
  run(std::vector<RequestedCase>{
      {one("\"FRONT\""), ""},
      {one("\"BACK\""), ""},
      {one("null"), ""},
      {one("\"\""), bad},
      {one("\"front\""), bad},
      {one("1"), bad},
      {one("[]"), bad},
      {one("[\"FRONT\"]"), bad},
  });
}

TEST(Requested, NamesTheColumnWhereAPathGoesWrong) {
  const std::string party = "associated_party_attachments[" + party_uuid + "]";
  const auto at = [](int column, const std::string& reason) {
    return "requested[0]: column " + std::to_string(column) + ": " + reason;
  };
  const std::string section = "a section's name (letters, digits, _) is expected";
  const std::string type = "a document type (letters, digits, _) is expected";
  const std::string field = "a field's name (letters, digits, _) is expected";
  const std::string end = "the path should end here";
  std::vector<RequestedCase> cases;
  const auto path = [&](const std::string& text, const std::string& problem) {
    cases.push_back({"[\"" + text + "\"]", problem});
  };
  const auto of_party = [&](const std::string& section_path) { return party + "." + section_path; };
  for (const std::string good : {"a",
                                 "a.b",
                                 "a[B]",
                                 "a[B].c",
                                 "tos_policies_value",
                                 "_9.Z",
                                 "associated_party_attachments_.a"}) {
    path(good, "");
    path(of_party(good), "");
  }
  path("", at(1, section));
  path(" a", at(1, section));
  path(".a", at(1, section));
  path("[A]", at(1, section));
  path("a ", at(2, end));
  path("a.b\\n", at(4, end));
  path("a\\u0000", at(2, end));
  path("a.b.c", at(4, end));
  path("a[B].c.d", at(7, end));
  path("a[B][C]", at(5, end));
  path("a.b[C]", at(4, end));
  path("a.", at(3, field));
  path("a[]", at(3, type));
  path("a[", at(3, type));
  path("a[B", at(4, "\"]\" is expected"));
  path("a[B-C]", at(4, "\"]\" is expected"));
  path("a-b", at(2, end));
  path("é", at(1, section));
  path("associated_party_attachments", at(29, "\"[\" and the UUID of a party are expected"));
  path("associated_party_attachments.files", at(29, "\"[\" and the UUID of a party are expected"));
  path("associated_party_attachments[VISA].files", at(30, "the UUID of a party is expected"));
  path("associated_party_attachments[" + party_uuid, at(66, "\"]\" is expected"));
  path(party, at(67, "\".\" and a section of the party are expected"));
  path(party + ".", at(68, section));
  path(party + "a", at(67, "\".\" and a section of the party are expected"));
  path(party + ".a.b.c", at(71, end));
  path(party + ".associated_party_id", at(68, "this is an address and no section"));
  path(party + "." + party + ".a", at(68, "this is an address and no section"));
  run(cases);
}

TEST(Requested, TakesTheAttachmentsForNoSectionInTheTreeEither) {
  run(std::vector<RequestedCase>{
      {"[" + item("associated_party_attachments", "VISA", {"files"}) + "]",
       "requested[0]: associated_party_attachments is an address and no section"},
      {"[" + item("associated_party_id", "VISA", {"x"}, R"("associated_party_id":"p",)") + "]",
       "requested[0]: associated_party_id is an address and no section"},
  });
}

TEST(Requested, NamesAllProblemsUpToEight) {
  run(std::vector<RequestedCase>{
      {R"([1,"a",".","b.text",2])",
       "requested[0]: must be an item (an object) or a path (a string); "
       "requested[2]: column 1: a section's name (letters, digits, _) is expected; "
       "requested[3]: field text of section b has no place in any body; an alias can say where it "
       "goes; "
       "requested[4]: must be an item (an object) or a path (a string)"},
      {R"(["","","","","","","","","",""])",
       [] {
         std::string text;
         for (int i = 0; i < 8; ++i) {
           text += "requested[" + std::to_string(i) +
                   "]: column 1: a section's name (letters, digits, _) is expected; ";
         }
         return text + "and 2 more";
       }()},
  });
}

TEST(Requested, EchoesNoTextThatIsNotAName) {
  const std::string secret = "Jane Doe 1970";
  const std::string requested =
      "[" + item(secret, secret, {"text"}) + "," + item(std::string(65, 'a'), "T", {"text"}) + "]";
  const std::string problem = read_requested(requested, Settings{}).problems.text();
  EXPECT_EQ(problem.find("Jane"), std::string::npos);
  EXPECT_EQ(problem.find("aaa"), std::string::npos);
  EXPECT_NE(problem.find("field text of section ?"), std::string::npos);
}

TEST(Requested, GivesEachGrantOnce) {
  const std::string upper = "F6B13E01-044A-4F74-A70B-D5F66B6449AF";
  const std::string requested = asked({"a.b",
                                       "associated_party_attachments[" + upper + "].c[D]",
                                       "a.b",
                                       "associated_party_attachments[" + party_uuid + "].c[D]",
                                       "a"});
  const Settings settings;
  const Requested read = read_requested(requested, settings);
  EXPECT_EQ(read.grants.all().size(), 3U);
  ASSERT_EQ(read.grants.of(party_uuid, "c").size(), 1U);
  EXPECT_EQ(path_of(read.grants.of(party_uuid, "c")[0]),
            "associated_party_attachments[" + party_uuid + "].c[D]");
  EXPECT_EQ(read.grants.of(std::nullopt, "a").size(), 2U);
  EXPECT_TRUE(read.grants.of(std::nullopt, "c").empty());
  EXPECT_TRUE(read.grants.of(upper, "c").empty());
}

}  // namespace
}  // namespace rfi::allowlist
