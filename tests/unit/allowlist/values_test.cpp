// What becomes of values: aliases, unmet grants, empty values, wrong types, unknown sections,
// exactness (rules 6 to 11).
#include "unit/allowlist/projection_case.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace rfi::allowlist {
namespace {

std::string missing(const std::string& what) {
  return "documents: hold no value for " + what;
}

Settings aliases(std::vector<Alias> list) {
  Settings settings;
  settings.aliases = std::move(list);
  return settings;
}

TEST(Projection, RefusesWhatHasNoPlaceInAnyBodyUnlessAnAliasSaysWhere) {
  const std::string text = "[" + item("proof_of_identity", "VISA", {"text"}) + "]";
  const std::string tax = "[" + item("tax_info", "TAX", {"files", "text"}) + "]";
  const std::string documents =
      R"({"proof_of_identity":{"type":"VISA","number":"N","text":"T"},)"
      R"("tax_info":[{"type":"TAX","files":[{"uri":"/t"}]}],)"
      R"("supporting_documents":[{"type":"TAX","number":"S","files":[{"uri":"/s"}]}]})";
  const std::string number = R"({"proof_of_identity":{"type":"VISA","number":"N"}})";
  const std::string no_place = " has no place in any body; an alias can say where it goes";
  run({
      {"text in the tree",
       text,
       documents,
       "",
       "requested[0].categories[0].fields[0]: field text of section proof_of_identity" + no_place},
      {"text in a path",
       asked({"proof_of_identity.text"}),
       documents,
       "",
       "requested[0]: field text of section proof_of_identity" + no_place},
      {"tax_info is said once", tax, documents, "", "requested[0]: section tax_info" + no_place},
      {"tax_info in a path",
       asked({"tax_info"}),
       documents,
       "",
       "requested[0]: section tax_info" + no_place},
      {"a field of the same section",
       text,
       documents,
       number,
       "",
       aliases({{"proof_of_identity", "text", "number"}})},
      {"with its section",
       text,
       documents,
       number,
       "",
       aliases({{"proof_of_identity", "text", "proof_of_identity.number"}})},
      {"a section, the field stays",
       "[" + item("tax_info", "TAX", {"files"}) + "]",
       documents,
       R"({"supporting_documents":[{"type":"TAX","files":[{"uri":"/s"}]}]})",
       "",
       aliases({{"tax_info", {}, "supporting_documents"}})},
      {"the alias with the field wins",
       tax,
       documents,
       R"({"supporting_documents":[{"type":"TAX","number":"S","files":[{"uri":"/s"}]}]})",
       "",
       aliases({{"tax_info", {}, "supporting_documents"},
                {"tax_info", "text", "supporting_documents.number"}})},
      {"another section's alias does not fit",
       text,
       documents,
       "",
       "requested[0].categories[0].fields[0]: field text of section proof_of_identity" + no_place,
       aliases({{"supporting_documents", "text", "number"}})},
      {"an alias is no way round rule 6",
       text,
       documents,
       "",
       "requested[0].categories[0].fields[0]: field text of section proof_of_address" + no_place,
       aliases({{"proof_of_identity", {}, "proof_of_address"}})},
      {"nor round rule 5",
       text,
       documents,
       "",
       "requested[0]: section identifying_documents needs an associated_party_id",
       aliases({{"proof_of_identity", "text", "identifying_documents.number"}})},
      {"nor to all attachments",
       text,
       documents,
       "",
       "requested[0]: associated_party_attachments is an address and no section",
       aliases({{"proof_of_identity", "text", "associated_party_attachments.number"}})},
  });
}

TEST(Projection, WantsEveryGrantMet) {
  const std::string documents =
      R"({"proof_of_identity":{"type":"VISA","number":"N"},"supporting_documents":[{"type":"VISA"}]})";
  Settings send;
  send.partial = Partial::send;
  const std::string number = R"({"proof_of_identity":{"type":"VISA","number":"N"}})";
  run({
      {"what is missing is listed in order",
       asked({"proof_of_identity.state", "proof_of_identity.number", "proof_of_address"}),
       documents,
       "",
       missing("proof_of_identity.state, proof_of_address")},
      {"a type alone does not meet a whole document",
       asked({"supporting_documents[VISA]"}),
       documents,
       "",
       missing("supporting_documents[VISA]")},
      {"partial",
       asked({"proof_of_identity.state", "proof_of_identity.number"}),
       documents,
       number,
       "",
       send},
      {"partial with nothing met",
       asked({"proof_of_identity.state", "supporting_documents"}),
       documents,
       "",
       missing("proof_of_identity.state, supporting_documents"),
       send},
      {"partial does not excuse a wrong type",
       asked({"proof_of_identity.number", "proof_of_address.country"}),
       R"({"proof_of_identity":{"number":"N"},"proof_of_address":{"country":1}})",
       "",
       "proof_of_address.country: must be a string",
       send},
      {"the same grant twice is one",
       asked({"proof_of_address", "proof_of_address"}),
       documents,
       "",
       missing("proof_of_address")},
      {"no more than eight are named",
       asked({"a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b1"}),
       documents,
       "",
       missing("a1, a2, a3, a4, a5, a6, a7, a8, and 2 more")},
      {"a name that may not be shown is not",
       "[" + item("Jane Doe", "born 1970", {"at \\u0022home\\u0022"}) + "]",
       documents,
       "",
       missing("?[?].?")},
  });
}

TEST(Projection, NeverSendsAnEmptyContainerOrNull) {
  Settings more;
  more.extra_fields = {"issuer"};
  run({
      {"null is no value, for a named field",
       asked({"proof_of_identity.number"}),
       R"({"proof_of_identity":{"number":null}})",
       "",
       missing("proof_of_identity.number")},
      {"and left out of a whole document",
       asked({"proof_of_identity"}),
       R"({"proof_of_identity":{"type":null,"number":"N","country":null,"state":[],"description":{ },"files":[ ]}})",
       R"({"proof_of_identity":{"number":"N"}})",
       ""},
      {"files without a uri are dropped",
       asked({"proof_of_identity"}),
       R"({"proof_of_identity":{"number":"N","files":[{"side":"FRONT"},{},{"uri":null}]}})",
       R"({"proof_of_identity":{"number":"N"}})",
       ""},
      {"and meet nothing",
       asked({"proof_of_identity.files"}),
       R"({"proof_of_identity":{"files":[{"side":"FRONT"},{"note":"n"}]}})",
       "",
       missing("proof_of_identity.files")},
      {"the others stay",
       asked({"proof_of_identity.files"}),
       R"({"proof_of_identity":{"files":[{},{"uri":"/1"},{"side":"BACK"},{"uri":"/2"}]}})",
       R"({"proof_of_identity":{"files":[{"uri":"/1"},{"uri":"/2"}]}})",
       ""},
      {"empty strings are values",
       asked({"proof_of_identity"}),
       R"({"proof_of_identity":{"type":"","number":"","files":[{"uri":"","side":""}]}})",
       R"({"proof_of_identity":{"type":"","number":"","files":[{"uri":"","side":""}]}})",
       ""},
      {"an undocumented field that is empty",
       asked({"proof_of_identity.extra"}),
       R"({"proof_of_identity":{"extra":{}}})",
       "",
       missing("proof_of_identity.extra")},
      {"an empty section",
       asked({"supporting_documents"}),
       R"({"supporting_documents":[{},[],null]})",
       "",
       missing("supporting_documents")},
      {"an unknown section that is empty",
       asked({"future"}),
       R"({"future":[ ]})",
       "",
       missing("future")},
      {"emptiness inside a value is the producer's",
       asked({"proof_of_identity.extra", "future"}),
       R"({"proof_of_identity":{"extra":[{},null]},"future":{"a":[],"b":null}})",
       R"({"proof_of_identity":{"extra":[{},null]},"future":{"a":[],"b":null}})",
       ""},
  });
}

TEST(Projection, KnowsWhatAWholeDocumentIsAndWhichTypesItsFieldsHave) {
  Settings more;
  more.extra_fields = {"issuer"};
  const std::string all =
      R"({"type":"T","number":"1","country":"2","state":"3","issue_date":"4","expiry_date":"5",)"
      R"("description":"6","files":[{"uri":"7"}])";
  run({
      {"the documented fields and no note",
       asked({"supporting_documents"}),
       R"({"supporting_documents":[)" + all + R"(,"issuer":"8","note":{"a":1}}]})",
       R"({"supporting_documents":[)" + all + "}]}",
       ""},
      {"the operator's fields too",
       asked({"supporting_documents"}),
       R"({"supporting_documents":[)" + all + R"(,"issuer":"8","note":{"a":1}}]})",
       R"({"supporting_documents":[)" + all + R"(,"issuer":"8"}]})",
       "",
       more},
      {"and they are strings",
       asked({"supporting_documents"}),
       R"({"supporting_documents":[{"issuer":8}]})",
       "",
       "supporting_documents[0].issuer: must be a string",
       more},
      {"a note the RFI names goes as stored",
       asked({"supporting_documents.note"}),
       R"({"supporting_documents":[{"number":"1","note":{ "a" : 1.10 }}]})",
       R"({"supporting_documents":[{"note":{ "a" : 1.10 }}]})",
       ""},
      {"a wrong type that is granted",
       asked({"supporting_documents[VISA].number"}),
       R"({"supporting_documents":[{"type":"OTHER","number":1},{"type":"VISA","number":2}]})",
       "",
       "supporting_documents[VISA].number: must be a string"},
      {"and one that is not",
       asked({"supporting_documents[VISA].country"}),
       R"({"supporting_documents":[{"type":"OTHER","country":1},{"type":"VISA","number":2,"country":"USA"}]})",
       R"({"supporting_documents":[{"type":"VISA","country":"USA"}]})",
       ""},
      {"every type is judged",
       asked({"proof_of_identity"}),
       R"({"proof_of_identity":{"type":1,"number":true,"country":{"a":1},"state":["a"],"files":"/f"}})",
       "",
       "proof_of_identity.type: must be a string; proof_of_identity.number: must be a string; "
       "proof_of_identity.country: must be a string; proof_of_identity.state: must be a string; "
       "proof_of_identity.files: must be an array of objects"},
      {"in files",
       asked({"proof_of_identity"}),
       R"({"proof_of_identity":{"files":["/f",{"uri":1},{"uri":"/f","side":["FRONT"]},null]}})",
       "",
       "proof_of_identity.files[0]: must be an object; proof_of_identity.files[1].uri: must be a "
       "string; "
       "proof_of_identity.files[2].side: must be a string; proof_of_identity.files[3]: must be an "
       "object"},
      {"of a party",
       asked({"associated_party_attachments[f6b13e01-044a-4f74-a70b-d5f66b6449af].legal_presence"}),
       R"({"associated_party_attachments":[{"associated_party_id":"f6b13e01-044a-4f74-a70b-d5f66b6449af",)"
       R"("legal_presence":[{"type":"not a name","number":1}]}]})",
       "",
       "associated_party_attachments[f6b13e01-044a-4f74-a70b-d5f66b6449af].legal_presence[0]."
       "number: "
       "must be a string"},
  });
}

TEST(Projection, PassesAnUnknownSectionWholeOrInPart) {
  const std::string future =
      "{\"future\" :\t{ \"type\":\"T\",\n \"number\" : \"1\", \"note\": [1.10, -0, "
      "{\"path\":\"p\"}] } , \"other\":1}";
  run({
      {"whole, byte for byte",
       asked({"future"}),
       future,
       "{\"future\":{ \"type\":\"T\",\n \"number\" : \"1\", \"note\": [1.10, -0, {\"path\":\"p\"}] "
       "}}",
       ""},
      {"any type of value", asked({"future"}), R"({"future":false})", R"({"future":false})", ""},
      {"in part", asked({"future.number"}), future, R"({"future":{"type":"T","number":"1"}})", ""},
      {"a whole document in it",
       asked({"future[T]"}),
       future,
       R"({"future":{"type":"T","number":"1"}})",
       ""},
      {"documents in an array",
       asked({"future[T].note"}),
       R"({"future":[{"type":"T","note":1},{"type":"U","note":2},3]})",
       R"({"future":[{"type":"T","note":1}]})",
       ""},
      {"in part of a text there is nothing",
       asked({"future.number"}),
       R"({"future":"number"})",
       "",
       missing("future.number")},
      {"whole and in part",
       asked({"future", "future.number"}),
       R"({"future":{"number":"1","x":[]}})",
       R"({"future":{"number":"1","x":[]}})",
       ""},
      {"each must be met",
       asked({"future", "future.state"}),
       R"({"future":{"number":"1"}})",
       "",
       missing("future.state")},
      {"if the documents hold it", asked({"future"}), R"({"past":1})", "", missing("future")},
  });
}

TEST(Projection, SendsValuesAndNamesAsTheyStand) {
  run({
      {"escapes",
       asked({"proof_of_identity"}),
       R"({"proof_of_identity":{"num\u0062er":"\/\u00e9\ud83d\ude00\"","country":"\u0000"}})",
       R"({"proof_of_identity":{"num\u0062er":"\/\u00e9\ud83d\ude00\"","country":"\u0000"}})",
       ""},
      {"the section's name",
       asked({"proof_of_identity.number"}),
       "{\"proof\\u005fof_identity\" : {\"number\": \"é😀\x7f\"}}",
       "{\"proof\\u005fof_identity\":{\"number\":\"é😀\x7f\"}}",
       ""},
      {"numbers",
       asked({"proof_of_identity.a", "proof_of_identity.b", "proof_of_identity.c"}),
       R"({"proof_of_identity":{"a":1.10,"b":18446744073709551616123456789,"c":-0.0E+5}})",
       R"({"proof_of_identity":{"a":1.10,"b":18446744073709551616123456789,"c":-0.0E+5}})",
       ""},
      {"the order of the documents",
       asked({"proof_of_address.country", "proof_of_identity"}),
       R"({"proof_of_identity":{"number":"1","type":"T","country":"2"},"proof_of_address":{"country":"3","type":"U"}})",
       R"({"proof_of_identity":{"number":"1","type":"T","country":"2"},"proof_of_address":{"country":"3","type":"U"}})",
       ""},
      {"an escaped name in requested",
       R"(["proof_of_identity.\u006eumber"])",
       R"({"proof_of_identity":{"number":"1"}})",
       R"({"proof_of_identity":{"number":"1"}})",
       ""},
  });
}

TEST(Projection, JudgesTheWholeOfBothTexts) {
  const std::string good = R"({"proof_of_identity":{"number":"1"}})";
  const std::string wish = asked({"proof_of_identity.number"});
  const std::string deep = std::string(32, '[') + std::string(32, ']');
  Settings small;
  small.max_body_bytes = good.size();
  Settings smaller;
  smaller.max_body_bytes = good.size() - 1;
  run({
      {"a duplicate nobody asked for",
       wish,
       R"({"proof_of_identity":{"number":"1"},"x":{"a":1,"\u0061":2}})",
       "",
       "documents: at byte 58: a member name stands twice in the object that ends here"},
      {"a duplicate section",
       wish,
       R"({"proof_of_identity":1,"proof_of_identity":{"number":"1"}})",
       "",
       "documents: at byte 58: a member name stands twice in the object that ends here"},
      {"a number in requested",
       R"(["proof_of_identity.number",{"x":1e400}])",
       good,
       "",
       "requested: at byte 34: a number that cannot be carried exactly"},
      {"both",
       "[",
       R"({"a":"\ud800"})",
       "",
       "requested: at byte 2: the text ends too early; "
       "documents: at byte 7: invalid UTF-8: half of a surrogate pair"},
      {"too deep where nobody looks",
       wish,
       R"({"proof_of_identity":{"number":"1"},"x":)" + deep + "}",
       "",
       "documents: at byte 72: nested deeper than 32"},
      {"a body of just the limit", wish, good, good, "", small},
      {"and one above it",
       wish,
       good,
       "",
       "the body has 36 bytes, more than submission.max_body_bytes, 35",
       smaller},
      {"documents of another kind", wish, "[]", "", "documents: must be an object"},
      {"no documents", wish, "", "", "documents: at byte 1: the text ends too early"},
  });
}

}  // namespace
}  // namespace rfi::allowlist
