// The sandbox as a real process over a real socket: tokens, customers, the rule of the PATCH, its
// own record.
#include "sandbox/sandbox_process.hpp"
#include "support/https_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

namespace rfi::test {
namespace {

namespace json = boost::json;

constexpr const char* kCustomer = "3c9a5d1e-7f02-4c11-9a57-0d5e8f1b2a63";
const std::string patch_path = std::string{"/v1/customers/"} + kCustomer;
constexpr const char* kTree = R"([{"scope":"CUSTOMER","section":"proof_of_identity","categories":[
  {"document_type":"PASSPORT","fields":[
    {"field_name":"expiry_date","data_type":"DATE","status":"EXPIRED"},
    {"field_name":"files","data_type":"URI","status":"EXPIRED"}]}]}])";
constexpr const char* kDate =
    R"({"proof_of_identity":{"type":"PASSPORT","expiry_date":"2031-05-01"}})";
constexpr const char* kFiles =
    R"({"proof_of_identity":{"type":"PASSPORT","files":[{"uri":"/a.jpg"}]}})";

HttpHeaders bearer(const std::string& token) {
  return {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}};
}

const HttpHeaders json_headers{{"Content-Type", "application/json"}};
constexpr const char* kCredentials =
    R"({"client_id":"sandbox-client","client_secret":"sandbox-secret"})";

TEST(SandboxToken, IsIssuedInTheApisOwnFormOfTime) {
  const SandboxProcess sandbox{{"--token-shape", "flat", "--token-ttl", "60"}};
  HttpsClient client = sandbox.connect();
  const HttpAnswer answer = client.request("POST", "/v1/oauth/token", json_headers, kCredentials);
  ASSERT_EQ(answer.status, 200U);
  const json::object pair = json::parse(answer.body).as_object();
  for (const char* name : {"access_token_ttl", "refresh_token_ttl", "current_time"}) {
    const std::string time{pair.at(name).as_string()};
    EXPECT_EQ(time.size(), std::string{"2025-09-03 08:50:57+00"}.size()) << time;
    EXPECT_EQ(time.substr(10, 1), " ");
    EXPECT_EQ(time.substr(19), "+00");
  }
  EXPECT_FALSE(pair.at("access_token").as_string().empty());
}

TEST(SandboxToken, IsRefusedForAWrongSecretOrAnIncompleteForm) {
  const SandboxProcess sandbox;
  HttpsClient client = sandbox.connect();
  const HttpAnswer wrong = client.request("POST",
                                          "/v1/oauth/token",
                                          json_headers,
                                          R"({"client_id":"sandbox-client","client_secret":"x"})");
  EXPECT_EQ(wrong.status, 401U);
  EXPECT_EQ(wrong.body, R"({"message":"Authentication failed"})");
  EXPECT_EQ(client.request("POST", "/v1/oauth/token", json_headers, R"({"client_id":"x"})").status,
            422U);
}

TEST(SandboxToken, IsRefreshedOnceForEachRefreshToken) {
  const SandboxProcess sandbox;
  HttpsClient client = sandbox.connect();
  const auto pair_of = [](const HttpAnswer& answer) {
    return json::parse(answer.body).at("data").as_object();
  };
  const json::object first =
      pair_of(client.request("POST", "/v1/oauth/token", json_headers, kCredentials));
  const std::string body =
      R"({"refresh_token":")" + std::string{first.at("refresh_token").as_string()} + R"("})";
  const HttpAnswer refreshed =
      client.request("POST", "/v1/oauth/refresh-token", json_headers, body);
  ASSERT_EQ(refreshed.status, 200U);
  EXPECT_NE(pair_of(refreshed).at("access_token"), first.at("access_token"));
  EXPECT_EQ(client.request("POST", "/v1/oauth/refresh-token", json_headers, body).status, 401U);
}

TEST(SandboxToken, IsNeededAndEnds) {
  SandboxProcess sandbox{{"--token-ttl", "0"}};
  sandbox.put_customer(kCustomer, kTree);
  HttpsClient client = sandbox.connect();
  EXPECT_EQ(client.request("GET", patch_path).status, 401U);
  EXPECT_EQ(client.request("GET", patch_path, bearer("invented")).status, 401U);
  EXPECT_EQ(client.request("GET", patch_path, bearer(sandbox.token())).status, 401U);  // expired
}

TEST(SandboxToken, DiesWhenRevoked) {
  SandboxProcess sandbox;
  sandbox.put_customer(kCustomer, kTree);
  HttpsClient client = sandbox.connect();
  const std::string token = sandbox.token();
  EXPECT_EQ(client.request("GET", patch_path, bearer(token)).status, 200U);
  sandbox.reset("tokens?kind=access");
  EXPECT_EQ(client.request("GET", patch_path, bearer(token)).status, 401U);
}

TEST(SandboxPatch, ClosesTheFieldsThatItAnswers) {
  SandboxProcess sandbox;
  sandbox.put_customer(kCustomer, kTree);
  HttpsClient client = sandbox.connect();
  const HttpHeaders headers = bearer(sandbox.token());
  const auto open_fields = [&] {
    std::string names;
    const json::value view =
        json::parse(client.request("GET", "/v2/customers/" + std::string{kCustomer}, headers).body);
    for (const json::value& item : view.at("data").at("request_for_information").as_array()) {
      for (const json::value& leaf : item.at("categories").at(0).at("fields").as_array()) {
        names.append(leaf.at("field_name").as_string()).append(" ");
      }
    }
    return names;
  };
  EXPECT_EQ(open_fields(), "expiry_date files ");
  const HttpAnswer answer = client.request("PATCH", patch_path, headers, kDate);
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.body, R"({"data":{"customer_id":")" + std::string{kCustomer} + R"("}})");
  EXPECT_EQ(open_fields(), "files ");
  EXPECT_EQ(client.request("PATCH", patch_path, headers, kFiles).status, 200U);
  EXPECT_EQ(open_fields(), "");
  // What is closed is not requested any more.
  EXPECT_EQ(client.request("PATCH", patch_path, headers, kFiles).status, 400U);
  EXPECT_EQ(sandbox.account(kCustomer).at("accepted").to_number<int>(), 2);
}

TEST(SandboxPatch, RefusesAnUnrequestedFieldWhole) {
  SandboxProcess sandbox;
  sandbox.put_customer(kCustomer, kTree);
  HttpsClient client = sandbox.connect();
  const HttpAnswer answer = client.request(
      "PATCH",
      patch_path,
      bearer(sandbox.token()),
      R"({"proof_of_identity":{"type":"PASSPORT","expiry_date":"2031-05-01","number":"X"}})");
  EXPECT_EQ(answer.status, 400U);
  EXPECT_EQ(
      answer.body,
      R"({"status":400,"message":"Validation failed","data":{"proof_of_identity.number":"Field was not requested"}})");
  EXPECT_EQ(sandbox.account(kCustomer).at("open_fields").to_number<int>(), 2);
}

TEST(SandboxPatch, RefusesBadRequests) {
  struct Case {
    std::string name;
    std::string path;
    HttpHeaders headers;
    std::string body;
    unsigned expected;
  };
  SandboxProcess sandbox;
  sandbox.put_customer(kCustomer, kTree);
  const std::string token = sandbox.token();
  const std::string unknown = "/v1/customers/00000000-0000-4000-8000-000000000000";
  const std::vector<Case> cases{
      {"unknown customer", unknown, bearer(token), kDate, 404},
      {"not JSON", patch_path, bearer(token), "{", 400},
      {"no content type", patch_path, {{"Authorization", "Bearer " + token}}, kDate, 422},
      {"version 2", "/v2/customers/" + std::string{kCustomer}, bearer(token), kDate, 405},
      {"not a UUID", "/v1/customers/7", bearer(token), kDate, 404}};
  HttpsClient client = sandbox.connect();
  for (const Case& row : cases) {
    EXPECT_EQ(client.request("PATCH", row.path, row.headers, row.body).status, row.expected)
        << row.name;
  }
}

TEST(SandboxPatch, RefusesASecondOneInFlightAndNotesTheViolation) {
  SandboxProcess sandbox;
  sandbox.put_customer(kCustomer, kTree);
  sandbox.add_faults(R"({"match":{"method":"PATCH"},"action":{"kind":"hang"}})");
  const HttpHeaders headers = bearer(sandbox.token());
  HttpsClient first = sandbox.connect();
  first.send("PATCH", patch_path, headers, kDate);
  while (sandbox.requests("method=PATCH").empty()) {
  }
  HttpsClient second = sandbox.connect();
  EXPECT_EQ(second.request("PATCH", patch_path, headers, kDate).status, 409U);
  const json::array violations = sandbox.violations();
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].at("kind").as_string(), "concurrent_patch");
  EXPECT_EQ(violations[0].at("customer").as_string(), kCustomer);
}

TEST(SandboxPatch, IsOverWhenItsClientHasGone) {
  SandboxProcess sandbox;
  sandbox.put_customer(kCustomer, kTree);
  sandbox.add_faults(R"({"match":{"method":"PATCH"},"action":{"kind":"hang"}})");
  const HttpHeaders headers = bearer(sandbox.token());
  {
    HttpsClient first = sandbox.connect();
    first.send("PATCH", patch_path, headers, kDate);
    while (sandbox.requests("method=PATCH").empty()) {
    }
  }
  HttpsClient second = sandbox.connect();
  EXPECT_EQ(second.request("PATCH", patch_path, headers, kDate).status, 200U);
  EXPECT_TRUE(sandbox.violations().empty());
}

TEST(SandboxOpenCustomers, TakeAnythingAndAskForNothingThen) {
  const SandboxProcess sandbox{{"--open-customers"}};
  const HttpHeaders headers = bearer(sandbox.token());
  HttpsClient client = sandbox.connect();
  const auto open_items = [&] {
    const json::value view = json::parse(client.request("GET", patch_path, headers).body);
    return view.at("data").at("request_for_information").as_array().size();
  };
  EXPECT_GT(open_items(), 0U);
  EXPECT_EQ(client.request("PATCH", patch_path, headers, R"({"anything":[1]})").status, 200U);
  EXPECT_EQ(open_items(), 0U);
}

TEST(SandboxRecord, HoldsEachRequestAndItsFate) {
  SandboxProcess sandbox;
  sandbox.put_customer(kCustomer, kTree);
  const std::string token = sandbox.token();
  HttpsClient client = sandbox.connect();
  EXPECT_EQ(client.request("PATCH", patch_path, bearer(token), kDate).status, 200U);
  EXPECT_EQ(client.request("PATCH", patch_path, {}, kFiles).status, 401U);
  const json::array requests = sandbox.requests("method=PATCH&customer=" + std::string{kCustomer});
  ASSERT_EQ(requests.size(), 2U);
  const json::object& good = requests[0].as_object();
  EXPECT_EQ(good.at("path").as_string(), patch_path);
  EXPECT_EQ(good.at("body").as_string(), kDate);
  EXPECT_EQ(good.at("body_sha256").as_string().size(), 64U);
  EXPECT_TRUE(good.at("authorized").as_bool());
  EXPECT_EQ(good.at("status").to_number<int>(), 200);
  EXPECT_EQ(good.at("delivered").as_string(), "whole");
  EXPECT_FALSE(requests[1].at("authorized").as_bool());
  EXPECT_EQ(requests[1].at("connection"), good.at("connection"));  // kept alive
  EXPECT_EQ(json::serialize(requests).find(token), std::string::npos);
  EXPECT_EQ(sandbox.summary().at("patches_accepted").to_number<int>(), 1);
  sandbox.reset();
  EXPECT_TRUE(sandbox.requests().empty());
}

TEST(SandboxRecord, GoesToAFileAsLinesOfJson) {
  const TemporaryDirectory directory;
  const SandboxProcess sandbox{{"--record", (directory / "record").string()}};
  static_cast<void>(sandbox.token());
  const json::value line = json::parse(read_file(directory / "record"));
  EXPECT_EQ(line.at("path").as_string(), "/v1/oauth/token");
  EXPECT_EQ(line.at("body").as_string(), "");  // it holds the secret
}

TEST(SandboxUpload, HandsOutOneUriPerFile) {
  const SandboxProcess sandbox;
  HttpsClient client = sandbox.connect();
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=\"customer_id\"\r\n\r\n" +
      std::string{kCustomer} +
      "\r\n--b\r\nContent-Disposition: form-data; name=\"file1\"; filename=\"1.jpg\"\r\n"
      "Content-Type: image/jpeg\r\n\r\n\xff\xd8\r\n--b--\r\n";
  const HttpAnswer answer = client.request("POST",
                                           "/v1/customers/upload",
                                           {{"Authorization", "Bearer " + sandbox.token()},
                                            {"Content-Type", "multipart/form-data; boundary=b"}},
                                           body);
  ASSERT_EQ(answer.status, 200U) << answer.body;
  const json::array files = json::parse(answer.body).at("data").at("files").as_array();
  ASSERT_EQ(files.size(), 1U);
  const std::string uri{files[0].at("file1").as_string()};
  EXPECT_EQ(uri.substr(0, 1), "/");
  EXPECT_EQ(uri.substr(9), "_1.jpg");
}

HttpAnswer upload(const SandboxProcess& sandbox,
                  HttpsClient& client,
                  std::string_view customer,
                  std::string_view content_type,
                  std::string_view bytes) {
  const std::string body = "--b\r\nContent-Disposition: form-data; name=\"customer_id\"\r\n\r\n" +
                           std::string{customer} +
                           "\r\n--b\r\nContent-Disposition: form-data; name=\"d1\"; "
                           "filename=\"d1.pdf\"\r\nContent-Type: " +
                           std::string{content_type} + "\r\n\r\n" + std::string{bytes} +
                           "\r\n--b--\r\n";
  return client.request("POST",
                        "/v1/customers/upload",
                        {{"Authorization", "Bearer " + sandbox.token()},
                         {"Content-Type", "multipart/form-data; boundary=b"}},
                        body);
}

TEST(SandboxUpload, KnowsWhoseAUriIs) {
  SandboxProcess sandbox{{"--open-customers"}};
  HttpsClient client = sandbox.connect();
  const HttpAnswer taken = upload(sandbox, client, kCustomer, "application/pdf", "%PDF-1.7");
  ASSERT_EQ(taken.status, 200U) << taken.body;
  const json::array files = sandbox.uploads();
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].at("customer").as_string(), kCustomer);
  const std::string uri{files[0].at("uri").as_string()};
  const std::string body = R"({"proof_of_address":{"files":[{"uri":")" + uri + R"("}]}})";
  const HttpHeaders headers{{"Authorization", "Bearer " + sandbox.token()},
                            {"Content-Type", "application/json"}};
  const std::string other = "/v1/customers/00000000-0000-4000-8000-000000000000";
  EXPECT_EQ(client.request("PATCH", other, headers, body).status, 403U);
  EXPECT_EQ(
      client.request("PATCH", "/v1/customers/" + std::string{kCustomer}, headers, body).status,
      200U);
  EXPECT_EQ(sandbox.requests("customer=" + std::string{kCustomer}).size(), 2U)
      << "an upload is found by its customer";
}

TEST(SandboxUpload, RefusesWhatIsTooLargeOrNotWhatItSays) {
  const SandboxProcess sandbox{{"--max-upload-bytes", "1000"}};
  HttpsClient client = sandbox.connect();
  EXPECT_EQ(upload(sandbox, client, kCustomer, "application/pdf", "%PDF-1.7").status, 200U);
  EXPECT_EQ(upload(sandbox, client, kCustomer, "image/png", "%PDF-1.7").status, 422U);
  EXPECT_EQ(upload(sandbox, client, "", "application/pdf", "%PDF-1.7").status, 422U);
  EXPECT_EQ(upload(sandbox, client, kCustomer, "application/pdf", "%PDF-" + std::string(1000, 'x'))
                .status,
            413U);
}

TEST(SandboxTls, RefusesClientsWithoutTheCertificateItAsksFor) {
  const SandboxProcess sandbox{{"--require-client-certificate"}};
  EXPECT_FALSE(sandbox.token().empty());
  // TLS 1.3: the refusal shows at the first read.
  HttpsClient stranger{{.port = sandbox.port(), .ca_file = sandbox.ca_file()}};
  EXPECT_EQ(stranger.request("GET", "/sandbox/summary").status, 0U);
}

TEST(SandboxTls, ShowsTheCertificateThatWasOrdered) {
  for (const char* kind :
       {"expired", "not-yet-valid", "self-signed", "wrong-host", "client-purpose"}) {
    const SandboxProcess sandbox{{"--certificate", kind}};
    EXPECT_THROW(static_cast<void>(sandbox.connect()), std::runtime_error) << kind;
  }
}

TEST(SandboxTls, ListensAtSeveralAddresses) {
  const SandboxProcess sandbox{{"--address", "127.0.0.1", "--address", "::1"}};
  HttpsClient client{{.port = sandbox.port(), .ca_file = sandbox.ca_file(), .address = "::1"}};
  EXPECT_EQ(client.request("GET", "/sandbox/summary").status, 200U);
}

TEST(SandboxProgram, EndsOnSigtermAndAtTheEndOfItsLifetime) {
  SandboxProcess sandbox;
  sandbox.child().send_signal(SIGTERM);
  EXPECT_EQ(sandbox.child().wait(std::chrono::seconds{10}), (ExitStatus{.code = 0, .signal = 0}));
  SandboxProcess brief{{"--lifetime", "0"}};
  EXPECT_EQ(brief.child().wait(std::chrono::seconds{10}), (ExitStatus{.code = 0, .signal = 0}));
}

TEST(SandboxProgram, RefusesForeignAddressesAndUnknownOptions) {
  EXPECT_THROW(SandboxProcess({"--address", "0.0.0.0"}), std::runtime_error);
  EXPECT_THROW(SandboxProcess({"--unknown"}), std::runtime_error);
}

}  // namespace
}  // namespace rfi::test
