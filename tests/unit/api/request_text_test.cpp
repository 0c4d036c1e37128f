#include "rfi/api/request_text.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace rfi::api {
namespace {

const Endpoint endpoint_of_all{Scheme::https, "api.fin.com", "443", ""};
const RequestHeaders headers_of_all{"api.fin.com", "rfi-submitd/1.0", ""};

TEST(RequestText, IsThisForAPatch) {
  RequestParts parts;
  parts.method = "PATCH";
  parts.path = "/v1/customers/6f9619ff-8b86-4d01-b42d-00c04fc964ff";
  parts.bearer = "token-1";
  parts.idempotency_key = "rfi-1";
  parts.json = R"({"a":"é"})";
  EXPECT_EQ(request_text(endpoint_of_all, headers_of_all, parts),
            "PATCH /v1/customers/6f9619ff-8b86-4d01-b42d-00c04fc964ff HTTP/1.1\r\n"
            "Host: api.fin.com\r\n"
            "User-Agent: rfi-submitd/1.0\r\n"
            "Accept: application/json\r\n"
            "Accept-Encoding: identity\r\n"
            "Authorization: Bearer token-1\r\n"
            "Content-Type: application/json\r\n"
            "Content-Length: 10\r\n"
            "\r\n"
            "{\"a\":\"é\"}");
}

TEST(RequestText, CarriesTheIdempotencyKeyOnlyUnderAConfiguredName) {
  RequestHeaders headers = headers_of_all;
  headers.idempotency_header = "Idempotency-Key";
  RequestParts parts{"PATCH", "/x", "t", "rfi-1", "{}"};
  EXPECT_NE(request_text(endpoint_of_all, headers, parts).find("\r\nIdempotency-Key: rfi-1\r\n"),
            std::string::npos);
  parts.idempotency_key = "";
  EXPECT_EQ(request_text(endpoint_of_all, headers, parts).find("Idempotency-Key"),
            std::string::npos);
}

TEST(RequestText, HasNeitherTokenNorBodyWhereThereIsNone) {
  Endpoint endpoint = endpoint_of_all;
  endpoint.prefix = "/base";
  EXPECT_EQ(request_text(endpoint, headers_of_all, {"GET", "/v2/x", "", "", ""}),
            "GET /base/v2/x HTTP/1.1\r\n"
            "Host: api.fin.com\r\n"
            "User-Agent: rfi-submitd/1.0\r\n"
            "Accept: application/json\r\n"
            "Accept-Encoding: identity\r\n"
            "\r\n");
}

TEST(RequestText, IsNotMadeWithAValueThatEndsItsLine) {
  RequestHeaders headers = headers_of_all;
  headers.idempotency_header = "Idempotency-Key";
  for (const std::string& end : {std::string("\r\n"), std::string("\n"), std::string("\0", 1)}) {
    const std::string key = "k" + end + "X-Injected: yes";
    EXPECT_THROW((void)request_text(endpoint_of_all, headers, {"PATCH", "/x", "t", key, "{}"}),
                 std::invalid_argument);
  }
}

}  // namespace
}  // namespace rfi::api
