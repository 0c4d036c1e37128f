// What a path may show of a document: the type only where it is vocabulary or the RFI's own word.
#include "rfi/allowlist/body.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rfi::allowlist {
namespace {

TEST(PathLabel, ShowsATypeOnlyWhereItGivesNothingOfTheDocumentAway) {
  const std::string documents =
      R"({"supporting_documents":[{"type":"JANE_DOE","description":"a","files":[{"uri":"/1"}]},)"
      R"({"type":"OTHER","description":"b","files":[{"uri":"/2"}]},)"
      R"({"type":"HOUSE_WORD","description":"c","files":[{"uri":"/3"}]}]})";
  const Projection projection = project(
      R"(["supporting_documents.files","supporting_documents[HOUSE_WORD].files"])", documents, {});
  ASSERT_FALSE(projection.refusal) << *projection.refusal;
  EXPECT_EQ(projection.sent,
            (std::vector<std::string>{"supporting_documents[0].files",
                                      "supporting_documents[OTHER].files",
                                      "supporting_documents[HOUSE_WORD].files"}));
  EXPECT_EQ(projection.withheld,
            (std::vector<std::string>{"supporting_documents[0].description",
                                      "supporting_documents[OTHER].description",
                                      "supporting_documents[HOUSE_WORD].description"}));
}

}  // namespace
}  // namespace rfi::allowlist
