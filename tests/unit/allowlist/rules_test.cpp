// Which documents, fields and files are let through: rules 1 to 4 of the allowlist.
#include "unit/allowlist/projection_case.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rfi::allowlist {
namespace {

const std::string one_party = "f6b13e01-044a-4f74-a70b-d5f66b6449af";
const std::string party_path = "associated_party_attachments[" + one_party + "].";

const std::string identity_documents =
    R"({"proof_of_identity":{"type":"PASSPORT","number":"A1","country":"USA","issue_date":"2020-01-15",)"
    R"("expiry_date":"2030-01-15","files":[{"uri":"/f","side":"FRONT"},{"uri":"/b","side":"BACK"}]},)"
    R"("proof_of_address":{"type":"UTILITY_BILL","country":"USA","files":[{"uri":"/a"}]}})";

std::string missing(const std::string& what) {
  return "documents: hold no value for " + what;
}

TEST(Projection, IncludesADocumentWithItsGrantedFieldsOnly) {
  run({
      {"one field and its address",
       asked({"proof_of_identity.expiry_date"}),
       identity_documents,
       R"({"proof_of_identity":{"type":"PASSPORT","expiry_date":"2030-01-15"}})",
       ""},
      {"the same in the tree",
       "[" + item("proof_of_identity", "PASSPORT", {"expiry_date"}) + "]",
       identity_documents,
       R"({"proof_of_identity":{"type":"PASSPORT","expiry_date":"2030-01-15"}})",
       ""},
      {"a whole section",
       asked({"proof_of_address"}),
       identity_documents,
       R"({"proof_of_address":{"type":"UTILITY_BILL","country":"USA","files":[{"uri":"/a"}]}})",
       ""},
      {"a type granted by name is a value",
       asked({"proof_of_identity.type"}),
       identity_documents,
       R"({"proof_of_identity":{"type":"PASSPORT"}})",
       ""},
      {"another type is another document",
       asked({"proof_of_identity[NATIONAL_ID].number"}),
       identity_documents,
       "",
       missing("proof_of_identity[NATIONAL_ID].number")},
      {"types are compared as they are",
       asked({"proof_of_identity[passport].number"}),
       identity_documents,
       "",
       missing("proof_of_identity[passport].number")},
      {"only the documents of the type, and of those only the ones with a granted value",
       asked({"supporting_documents[VISA].files"}),
       R"({"supporting_documents":[{"type":"OTHER","files":[{"uri":"/o"}]},)"
       R"({"type":"VISA","description":"d"},{"type":"VISA","files":[{"uri":"/v"}]},)"
       R"({"files":[{"uri":"/n"}]},"VISA",["VISA"]]})",
       R"({"supporting_documents":[{"type":"VISA","files":[{"uri":"/v"}]}]})",
       ""},
      {"every document of the type",
       asked({"supporting_documents[VISA].description"}),
       R"({"supporting_documents":[{"type":"VISA","description":"1"},{"description":"2","type":"VISA"}]})",
       R"({"supporting_documents":[{"type":"VISA","description":"1"},{"description":"2","type":"VISA"}]})",
       ""},
      {"a path without a type covers any, and documents that name none",
       asked({"supporting_documents.description"}),
       R"({"supporting_documents":[{"description":"1"},{"type":"VISA","description":"2"}]})",
       R"({"supporting_documents":[{"description":"1"},{"type":"VISA","description":"2"}]})",
       ""},
      {"an escaped type is the same type, and goes as it stands",
       asked({"supporting_documents[VISA].description"}),
       R"({"supporting_documents":[{"type":"V\u0049SA","description":"d"}]})",
       R"({"supporting_documents":[{"type":"V\u0049SA","description":"d"}]})",
       ""},
      {"an array where an object belongs is no document",
       asked({"proof_of_identity.number"}),
       R"({"proof_of_identity":[{"number":"A1"}]})",
       "",
       missing("proof_of_identity.number")},
      {"an object where an array belongs is none either",
       asked({"supporting_documents.description"}),
       R"({"supporting_documents":{"description":"d"}})",
       "",
       missing("supporting_documents.description")},
  });
}

TEST(Projection, SendsStructuralKeysAndNothingElse) {
  run({
      {"notes beside a granted file stay",
       asked({"proof_of_address.files"}),
       R"({"proof_of_address":{"note":"n","type":"OTHER","files":[{"note":"n","side":"FRONT","uri":"/a"}]}})",
       R"({"proof_of_address":{"type":"OTHER","files":[{"side":"FRONT","uri":"/a"}]}})",
       ""},
      {"a type that is no text is no address",
       asked({"proof_of_address.country"}),
       R"({"proof_of_address":{"type":5,"country":"USA"}})",
       R"({"proof_of_address":{"country":"USA"}})",
       ""},
      {"a file by path needs an upload",
       asked({"proof_of_address.files"}),
       R"({"proof_of_address":{"files":[{"uri":"/a"},{"path":"secret-name.jpg"}]}})",
       "",
       "proof_of_address.files[1]: a file given by path is uploaded from upload.directory, which "
       "is not set; set it, or give the file's uri"},
      {"both a uri and a path",
       asked({"proof_of_address.files"}),
       R"({"proof_of_address":{"files":[{"uri":"/a","path":"b"},{"uri":"/c"}]}})",
       "",
       "proof_of_address.files[0]: has both a uri and a path; give exactly one of them"},
      {"neither is asked for",
       asked({"proof_of_address.country"}),
       R"({"proof_of_address":{"country":"USA","files":[{"uri":"/a","path":"b"},{"path":"c"}]}})",
       R"({"proof_of_address":{"country":"USA"}})",
       ""},
      {"a path that is null is none",
       asked({"proof_of_address.files"}),
       R"({"proof_of_address":{"files":[{"uri":"/a","path":null,"side":null}]}})",
       R"({"proof_of_address":{"files":[{"uri":"/a"}]}})",
       ""},
  });
}

TEST(Projection, PolicyDocumentWidensAGrantOfFilesToItsDocument) {
  Settings settings;
  settings.policy = Policy::document;
  const std::string front =
      "[" + item("proof_of_identity", "PASSPORT", {R"(files","side":"FRONT)"}) + "]";
  run({
      {"strict",
       front,
       identity_documents,
       R"({"proof_of_identity":{"type":"PASSPORT","files":[{"uri":"/f","side":"FRONT"}]}})",
       ""},
      {"document: the fields, but not the other side",
       front,
       identity_documents,
       R"({"proof_of_identity":{"type":"PASSPORT","number":"A1","country":"USA","issue_date":"2020-01-15",)"
       R"("expiry_date":"2030-01-15","files":[{"uri":"/f","side":"FRONT"}]}})",
       "",
       settings},
      {"notes never",
       asked({"supporting_documents[VISA].files"}),
       R"({"supporting_documents":[{"type":"VISA","note":"n","description":"d","files":[{"uri":"/v"}]}]})",
       R"({"supporting_documents":[{"type":"VISA","description":"d","files":[{"uri":"/v"}]}]})",
       "",
       settings},
      {"a document without a file that goes is not theirs",
       asked({"supporting_documents.files"}),
       R"({"supporting_documents":[{"type":"A","description":"d","files":[{"side":"FRONT"}]},)"
       R"({"type":"B","files":[{"uri":"/b"}]}]})",
       R"({"supporting_documents":[{"type":"B","files":[{"uri":"/b"}]}]})",
       "",
       settings},
      {"other grants are not widened",
       asked({"proof_of_identity.number"}),
       identity_documents,
       R"({"proof_of_identity":{"type":"PASSPORT","number":"A1"}})",
       "",
       settings},
      {"what is widened must have its type",
       asked({"proof_of_address.files"}),
       R"({"proof_of_address":{"country":1,"files":[{"uri":"/a"}]}})",
       "",
       "proof_of_address.country: must be a string",
       settings},
  });
}

TEST(Projection, SideLetsThroughThatSideAndFilesWithoutOne) {
  const auto side = [](const std::string& name) {
    return item("proof_of_identity", "PASSPORT", {R"(files","side":")" + name});
  };
  const std::string four =
      R"({"proof_of_identity":{"type":"PASSPORT","files":[{"uri":"/f","side":"FRONT"},)"
      R"({"uri":"/b","side":"BACK"},{"uri":"/n"},{"uri":"/e","side":""}]}})";
  const auto body = [](const std::string& files) {
    return R"({"proof_of_identity":{"type":"PASSPORT","files":[)" + files + "]}}";
  };
  const std::string front = R"({"uri":"/f","side":"FRONT"})";
  const std::string back = R"({"uri":"/b","side":"BACK"})";
  const std::string none = R"({"uri":"/n"})";
  run({
      {"front", "[" + side("FRONT") + "]", four, body(front + "," + none), ""},
      {"back", "[" + side("BACK") + "]", four, body(back + "," + none), ""},
      {"both",
       "[" + side("BACK") + "," + side("FRONT") + "]",
       four,
       body(front + "," + back + "," + none),
       ""},
      {"any",
       asked({"proof_of_identity.files"}),
       four,
       body(front + "," + back + "," + none + R"(,{"uri":"/e","side":""})"),
       ""},
      {"any beside a side",
       R"([)" + side("BACK") + R"(,"proof_of_identity.files"])",
       four,
       body(front + "," + back + "," + none + R"(,{"uri":"/e","side":""})"),
       ""},
      {"one file without a side meets both",
       "[" + side("BACK") + "," + side("FRONT") + "]",
       R"({"proof_of_identity":{"type":"PASSPORT","files":[{"uri":"/n"}]}})",
       body(none),
       ""},
      {"the other side does not meet it",
       "[" + side("BACK") + "," + side("FRONT") + "]",
       R"({"proof_of_identity":{"type":"PASSPORT","files":[{"uri":"/f","side":"FRONT"}]}})",
       "",
       missing("proof_of_identity[PASSPORT].files (BACK)")},
      {"a side in lower case is another side",
       "[" + side("FRONT") + "]",
       R"({"proof_of_identity":{"type":"PASSPORT","files":[{"uri":"/f","side":"front"}]}})",
       "",
       missing("proof_of_identity[PASSPORT].files (FRONT)")},
      {"a side of another type is not ignored",
       "[" + side("FRONT") + "]",
       R"({"proof_of_identity":{"type":"PASSPORT","files":[{"uri":"/f","side":1},{"uri":"/g"}]}})",
       "",
       "proof_of_identity.files[0].side: must be a string"},
  });
}

TEST(Projection, GenericTypesStandForTheirFamily) {
  const std::string parties =
      R"({"associated_party_attachments":[{"associated_party_id":")" + one_party +
      R"(","identifying_documents":[{"type":"NATIONAL_ID","number":"N1"}],)"
      R"("address_documents":[{"type":"BANK_STATEMENT","description":"d"}]}]})";
  Settings own;
  own.generic_types = {{"ANY_VISA", {"supporting_documents"}}};
  run({
      {"tree",
       "[" + item("proof_of_identity", "GOVERNMENT_ID", {"number"}) + "]",
       identity_documents,
       R"({"proof_of_identity":{"type":"PASSPORT","number":"A1"}})",
       ""},
      {"path",
       asked({"proof_of_address[PROOF_OF_ADDRESS].country"}),
       identity_documents,
       R"({"proof_of_address":{"type":"UTILITY_BILL","country":"USA"}})",
       ""},
      {"of a party",
       asked({party_path + "identifying_documents[GOVERNMENT_ID].number",
              party_path + "address_documents[PROOF_OF_ADDRESS].description"}),
       parties,
       parties,
       ""},
      {"not in another section",
       asked({"proof_of_identity[PROOF_OF_ADDRESS].number"}),
       identity_documents,
       "",
       missing("proof_of_identity[PROOF_OF_ADDRESS].number")},
      {"there it is a type like others",
       asked({"legal_presence[PROOF_OF_ADDRESS].files"}),
       R"({"legal_presence":[{"type":"OTHER","files":[{"uri":"/o"}]},{"type":"PROOF_OF_ADDRESS","files":[{"uri":"/p"}]}]})",
       R"({"legal_presence":[{"type":"PROOF_OF_ADDRESS","files":[{"uri":"/p"}]}]})",
       ""},
      {"the operator's own",
       asked({"supporting_documents[ANY_VISA].description"}),
       R"({"supporting_documents":[{"type":"VISA","description":"d"}]})",
       R"({"supporting_documents":[{"type":"VISA","description":"d"}]})",
       "",
       own},
      {"which replace ours",
       asked({"proof_of_identity[GOVERNMENT_ID].number"}),
       identity_documents,
       "",
       missing("proof_of_identity[GOVERNMENT_ID].number"),
       own},
  });
}

TEST(Projection, JudgesAnUnknownSectionGrantedWholeOnlyByWhatIsAskedForInPart) {
  const std::string future = R"({"future":[{"type":"T","number":"1","state":2,"files":0}]})";
  run({
      {"another field", asked({"future", "future[T].number"}), future, future, ""},
      {"the field itself",
       asked({"future", "future[T].state"}),
       future,
       "",
       "future[T].state: must be a string"},
  });
}

}  // namespace
}  // namespace rfi::allowlist
