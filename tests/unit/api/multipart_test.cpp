#include "rfi/api/multipart.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace rfi::api {
namespace {

TEST(MultipartFrame, NamesTheCustomerFirstAndTheFileNeutrally) {
  UploadRequest request;
  request.customer_id = "6f9619ff-8b86-4d01-b42d-00c04fc964ff";
  request.part = "d1";
  request.file_name = "d1.pdf";
  request.content_type = "application/pdf";
  const MultipartFrame frame = multipart_frame(request, "B");
  EXPECT_EQ(frame.content_type, "multipart/form-data; boundary=B");
  EXPECT_EQ(frame.before + "%PDF-" + frame.after,
            "--B\r\n"
            "Content-Disposition: form-data; name=\"customer_id\"\r\n"
            "\r\n"
            "6f9619ff-8b86-4d01-b42d-00c04fc964ff\r\n"
            "--B\r\n"
            "Content-Disposition: form-data; name=\"d1\"; filename=\"d1.pdf\"\r\n"
            "Content-Type: application/pdf\r\n"
            "\r\n"
            "%PDF-\r\n"
            "--B--\r\n");
}

TEST(UploadedUri, IsFoundInEveryDocumentedForm) {
  const std::optional<std::string> uri = "/CwW9PHhP_x.jpg";
  for (const char* answer : {R"({"data":{"files":[{"d1":"/CwW9PHhP_x.jpg"}]}})",
                             R"({"data":{"files":[{"other":"/o"},{"d1":"/CwW9PHhP_x.jpg"}]}})",
                             R"({"data":{"files":[{"other":"/o","d1":"/CwW9PHhP_x.jpg"}]}})",
                             R"({"data":{"files":{"d1":"/CwW9PHhP_x.jpg"}}})",
                             R"({"files":[{"d1":"/CwW9PHhP_x.jpg"}]})",
                             R"({"data":{"files":[{"renamed":"/CwW9PHhP_x.jpg"}]},"meta":null})",
                             R"({"data":{"files":[{"d1":"\/CwW9PHhP_x.jpg"}]}})"}) {
    EXPECT_EQ(uploaded_uri(answer, "d1"), uri) << answer;
  }
}

TEST(UploadedUri, IsKeptByteForByte) {
  EXPECT_EQ(uploaded_uri(R"({"data":{"files":[{"d1":"/a b%20\u00e9+_D1.PDF "}]}})", "d1"),
            "/a b%20\xC3\xA9+_D1.PDF ");
}

TEST(UploadedUri, IsNotGuessed) {
  const std::string endless = R"({"data":{"files":[{"d1":"/)" + std::string(3000, 'x') + R"("}]}})";
  for (const std::string& answer : {std::string{"{}"},
                                    std::string{"[]"},
                                    std::string{R"({"data":{}})"},
                                    std::string{R"({"data":{"files":[]}})"},
                                    std::string{R"({"data":{"files":[{"d1":""}]}})"},
                                    std::string{R"({"data":{"files":[{"d1":5}]}})"},
                                    std::string{R"({"data":{"files":[{"d1":"/a\u0000b"}]}})"},
                                    std::string{R"({"data":{"files":[{"d1":"/a\nb"}]}})"},
                                    std::string{R"({"data":{"files":[{"a":"/a","b":"/b"}]}})"},
                                    endless,
                                    std::string{"no json"}}) {
    EXPECT_EQ(uploaded_uri(answer, "d1"), std::nullopt) << answer;
  }
}

}  // namespace
}  // namespace rfi::api
