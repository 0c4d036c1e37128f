// Files given by path: which are let through, and where their uris go.
#include "rfi/allowlist/file_by_path.hpp"

#include "unit/allowlist/projection_case.hpp"

#include "rfi/allowlist/leaf_check.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rfi::allowlist {
namespace {

Settings with_uploads() {
  Settings settings;
  settings.files_by_path = FilesByPath::upload;
  return settings;
}

Projection projected(const std::string& requested, const std::string& documents) {
  return project(requested, documents, with_uploads());
}

std::string completed(const Projection& projection, std::string_view uri) {
  std::vector<UriAt> uris;
  for (const FileByPath& file : projection.files) {
    EXPECT_EQ(projection.body.substr(file.offset, kUriToCome.size()), kUriToCome);
    uris.push_back({file.offset, uri});
  }
  return with_uris(projection.body, uris);
}

TEST(FileByPath, GivesItsPlaceToTheUri) {
  const std::string requested = asked({"proof_of_identity.files", "supporting_documents[VISA]"});
  const Projection projection = projected(
      requested,
      R"({"proof_of_identity":{"files":[{"path":"f.jpg","side":"FRONT"},{"uri":"/b"},)"
      R"({"side":"BACK","note":"n","path":"b \"1\".jpg"}]},)"
      R"("supporting_documents":[{"type":"OTHER","files":[{"path":"not-asked-for.pdf"}]},)"
      R"({"type":"VISA","files":[{"path":"v.pdf"}]}]})");
  ASSERT_EQ(projection.refusal, std::nullopt);
  ASSERT_EQ(projection.files.size(), 3U);
  EXPECT_EQ(projection.files[0].place, "proof_of_identity.files[0]");
  EXPECT_EQ(projection.files[0].path, "f.jpg");
  EXPECT_EQ(projection.files[1].place, "proof_of_identity.files[2]");
  EXPECT_EQ(projection.files[1].path, "b \"1\".jpg");
  EXPECT_EQ(projection.files[2].place, "supporting_documents[VISA].files[0]");
  const std::string body = completed(projection, "/u");
  EXPECT_EQ(body,
            R"({"proof_of_identity":{"files":[{"uri":"/u","side":"FRONT"},{"uri":"/b"},)"
            R"({"side":"BACK","uri":"/u"}]},)"
            R"("supporting_documents":[{"type":"VISA","files":[{"uri":"/u"}]}]})");
  EXPECT_TRUE(uncovered_leaves(body, requested, with_uploads()).empty());
}

TEST(FileByPath, OnlyWhatSurvivesTheAllowlistIsUploaded) {
  const Projection projection = projected(
      R"([{"section":"proof_of_identity","categories":[{"document_type":"PASSPORT","fields":[)"
      R"({"field_name":"files","data_type":"URI","status":"MISSING","side":"FRONT"}]}]}])",
      R"({"proof_of_identity":{"type":"PASSPORT","files":[{"path":"b.jpg","side":"BACK"},)"
      R"({"path":"f.jpg","side":"FRONT"}]},"proof_of_address":{"files":[{"path":"a.pdf"}]}})");
  ASSERT_EQ(projection.files.size(), 1U);
  EXPECT_EQ(projection.files[0].path, "f.jpg");
  EXPECT_EQ(projection.files[0].place, "proof_of_identity.files[1]");
}

TEST(FileByPath, OfADocumentThatIsTakenBackIsNotUploaded) {
  // The grant of files lets the first document through; the second, opened and found empty, is not.
  const Projection projection = projected(
      asked({"supporting_documents[VISA].files", "supporting_documents[OTHER].description"}),
      R"({"supporting_documents":[{"type":"OTHER","files":[{"path":"o.pdf"}]},)"
      R"({"type":"OTHER","description":"d","files":[{"path":"p.pdf"}]},)"
      R"({"type":"VISA","files":[{"path":"v.pdf"}]}]})");
  ASSERT_EQ(projection.refusal, std::nullopt);
  ASSERT_EQ(projection.files.size(), 1U);
  EXPECT_EQ(projection.files[0].path, "v.pdf");
}

TEST(FileByPath, MustBeTextAndStandAlone) {
  run({
      {"no text",
       asked({"proof_of_address.files"}),
       R"({"proof_of_address":{"files":[{"path":5}]}})",
       "",
       "proof_of_address.files[0].path: must be a string",
       with_uploads()},
      {"both",
       asked({"proof_of_address.files"}),
       R"({"proof_of_address":{"files":[{"path":"a","uri":"/a"}]}})",
       "",
       "proof_of_address.files[0]: has both a uri and a path; give exactly one of them",
       with_uploads()},
  });
}

TEST(FileByPath, UrisAreWrittenAsJson) {
  const Projection projection = projected(asked({"proof_of_address.files"}),
                                          R"({"proof_of_address":{"files":[{"path":"a"}]}})");
  EXPECT_EQ(completed(projection, "/q\"\\\x01\xC3\xA9.pdf"),
            "{\"proof_of_address\":{\"files\":[{\"uri\":\"/q\\\"\\\\\\u0001\xC3\xA9.pdf\"}]}}");
}

TEST(FileByPath, IsPartOfThePolicy) {
  EXPECT_NE(canonical_text(with_uploads()), canonical_text(Settings{}));
}

}  // namespace
}  // namespace rfi::allowlist
