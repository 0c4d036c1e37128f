// The documented examples, queued as they come, previewed and submitted: the business PATCH and the
// three webhooks.
#include "integration/deployment.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rfi::test {
namespace {

namespace json = boost::json;

std::string field(const std::string& name, const std::string& side = {}) {
  std::string text =
      R"({"field_name":")" + name + R"(","data_type":"TEXT","status":"INVALID","reason":null)";
  if (!side.empty()) {
    text += R"(,"side":")" + side + "\"";
  }
  return text + "}";
}

std::string item(const std::string& section,
                 const std::string& type,
                 const std::vector<std::string>& fields) {
  std::string text = R"({"section":")" + section + R"(","categories":[{"document_type":")" + type +
                     R"(","fields":[)";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    text += (i == 0 ? "" : ",") + fields[i];
  }
  return text + "]}]}";
}

std::string event(const std::string& id,
                  const std::string& customer,
                  const std::vector<std::string>& items) {
  std::string tree;
  for (const std::string& one : items) {
    tree += (tree.empty() ? "" : ",") + one;
  }
  return R"({"event":{"id":")" + id + R"(","event_reference_id":")" + customer +
         R"(","type":"customer.rfi","created_at":"2026-04-04T10:00:00.000000Z","sandbox_mode":false},)"
         R"("data":{"customer_id":")" +
         customer + R"(","request_for_information":[)" + tree + "]}}";
}

std::vector<std::string> identity(const std::string& section) {
  return {item(section,
               "GOVERNMENT_ID",
               {field("files", "FRONT"),
                field("files", "BACK"),
                field("issue_date"),
                field("expiry_date"),
                field("text")})};
}

constexpr const char* kIdentity =
    R"({"type":"NATIONAL_ID","number":"N1","country":"USA","issue_date":"2021-03-10","expiry_date":"2031-03-10",)"
    R"("files":[{"side":"FRONT","uri":"/f.pdf"},{"side":"BACK","uri":"/b.pdf"}]})";

std::string documents() {
  const std::string identity{kIdentity};
  return R"({"proof_of_identity":)" + identity +
         R"(,"proof_of_address":{"type":"UTILITY_BILL","country":"USA","files":[{"uri":"/a.pdf"}]},)"
         R"("tos_policies_value":"b0a9f4f8-0f5c-4bb0-8a4e-0d6f7a5b1c2d",)"
         R"("company_details":[{"type":"CERT_OF_INCORPORATION","description":"Example Ltd","files":[{"uri":"/c.pdf"}]}],)"
         R"("ownership_structure":[{"type":"SHAREHOLDER_REGISTRY","files":[{"uri":"/s.pdf"}]}],)"
         R"("legal_presence":[{"type":"PROOF_OF_ADDRESS","files":[{"uri":"/l.pdf"}]}]})";
}

/// An event through a file, as a webhook receiver would leave it.
FinishedChild enqueue_webhook(const Deployment& deployment,
                              const std::string& event_text,
                              const std::string& answer) {
  write_file(deployment.directory() / "event.json", event_text);
  write_file(deployment.directory() / "documents.json", answer);
  return deployment.run({"enqueue",
                         "--webhook",
                         (deployment.directory() / "event.json").string(),
                         "--documents",
                         (deployment.directory() / "documents.json").string()});
}

constexpr const char* kAliases = R"(
[[allowlist.alias]]
section = "proof_of_identity"
field = "text"
as = "number"
[[allowlist.alias]]
section = "company_details"
field = "text"
as = "description"
)";

/// Refused while nobody says where `text` goes, submitted once the configuration does.
void expect_text_needs_an_alias(const std::vector<std::string>& items,
                                const std::vector<std::string>& named) {
  Deployment deployment;
  const std::string id = "a1b2c3d4-e5f6-7890-abcd-ef1234567890";
  ASSERT_EQ(enqueue_webhook(deployment, event(id, customer_id(1), items), documents()).status.code,
            0);
  EXPECT_EQ(deployment.run({"preview", id}).status.code, 1);
  ASSERT_EQ(deployment.run({"run", "--drain"}).status.code, 0);
  const auto refused = deployment.show(id);
  EXPECT_EQ(refused.at("state").as_string(), "failed");
  EXPECT_EQ(refused.at("failure").as_string(), "invalid");
  const std::string detail{refused.at("detail").as_string()};
  for (const std::string& path : named) {
    EXPECT_NE(detail.find(path), std::string::npos) << detail;
  }
  EXPECT_TRUE(deployment.sandbox().requests("method=PATCH").empty());

  DeploymentOptions aliased;
  aliased.more = kAliases;
  deployment.configure(aliased);
  ASSERT_EQ(deployment.run({"retry", id}).status.code, 0);
  EXPECT_EQ(deployment.run({"preview", id}).status.code, 0);
  ASSERT_EQ(deployment.run({"run", "--drain"}).status.code, 0);
  EXPECT_EQ(deployment.state(id), "submitted") << json::serialize(deployment.show(id));
}

TEST(RealInput, TheIndividualWebhookNeedsAnAliasForText) {
  std::vector<std::string> items = identity("proof_of_identity");
  items.push_back(item("proof_of_address", "PROOF_OF_ADDRESS", {field("files")}));
  items.push_back(item("tos_policies_value", "TOS", {field("tos_policies_value")}));
  expect_text_needs_an_alias(items, {"requested[0].categories[0].fields[4]"});
}

TEST(RealInput, TheBusinessV1WebhookNeedsAnAliasForText) {
  std::vector<std::string> items{
      item("company_details", "CERT_OF_INCORPORATION", {field("files", "FRONT"), field("text")}),
      item("ownership_structure", "SHAREHOLDER_REGISTRY", {field("files")}),
      item("legal_presence", "PROOF_OF_ADDRESS", {field("files")})};
  items.push_back(identity("proof_of_identity").front());
  items.push_back(item("proof_of_address", "PROOF_OF_ADDRESS", {field("files")}));
  expect_text_needs_an_alias(
      items, {"requested[0].categories[0].fields[1]", "requested[3].categories[0].fields[4]"});
}

TEST(RealInput, TheBusinessV2WebhookIsRefusedWithEveryPathAndPassesOnceThePartyIsNamed) {
  Deployment deployment;
  const std::string party = "f6b13e01-044a-4f74-a70b-d5f66b6449af";
  std::vector<std::string> items{
      item(
          "formation_documents", "CERT_OF_INCORPORATION", {field("files", "FRONT"), field("text")}),
      item("ownership_documents", "SHAREHOLDER_REGISTRY", {field("files")}),
      item("supporting_documents", "PROOF_OF_ADDRESS", {field("files")})};
  items.push_back(identity("identifying_documents").front());
  items.push_back(item("tax_info", "GOVERNMENT_ID", {field("files"), field("text")}));
  items.push_back(item("address_documents", "PROOF_OF_ADDRESS", {field("files")}));
  const std::string answer =
      R"({"formation_documents":[{"type":"CERT_OF_INCORPORATION","files":[{"uri":"/c.pdf"}]}],)"
      R"("ownership_documents":[{"type":"SHAREHOLDER_REGISTRY","files":[{"uri":"/s.pdf"}]}],)"
      R"("supporting_documents":[{"type":"PROOF_OF_ADDRESS","files":[{"uri":"/l.pdf"}]}],)"
      R"("associated_party_attachments":[{"associated_party_id":")" +
      party + R"(","identifying_documents":[)" + kIdentity +
      R"(],"address_documents":[{"type":"BANK_STATEMENT","files":[{"uri":"/a.pdf"}]}]}]})";
  ASSERT_EQ(enqueue_webhook(deployment, event("v2-as-it-came", customer_id(1), items), answer)
                .status.code,
            0);
  ASSERT_EQ(deployment.run({"run", "--drain"}).status.code, 0);
  const auto refused = deployment.show("v2-as-it-came");
  EXPECT_EQ(refused.at("failure").as_string(), "invalid");
  const std::string detail{refused.at("detail").as_string()};
  for (const char* path :
       {"requested[0].categories[0].fields[1]", "requested[3]", "requested[4]", "requested[5]"}) {
    EXPECT_NE(detail.find(path), std::string::npos) << detail;
  }
  EXPECT_TRUE(deployment.sandbox().requests("method=PATCH").empty());

  // As GET /v2/customers gives it: the party is named; text and tax_info are left out.
  const std::string scoped =
      R"({"scope":"ASSOCIATED_PARTY","associated_party_id":")" + party + R"(",)";
  std::string party_identity =
      item("identifying_documents",
           "GOVERNMENT_ID",
           {field("files", "FRONT"), field("files", "BACK"), field("expiry_date")});
  std::string party_address = item("address_documents", "PROOF_OF_ADDRESS", {field("files")});
  const std::vector<std::string> complete{
      item("formation_documents", "CERT_OF_INCORPORATION", {field("files", "FRONT")}),
      items[1],
      items[2],
      scoped + party_identity.substr(1),
      scoped + party_address.substr(1)};
  ASSERT_EQ(enqueue_webhook(deployment, event("v2-with-party", customer_id(1), complete), answer)
                .status.code,
            0);
  EXPECT_EQ(deployment.run({"preview", "v2-with-party"}).status.code, 0);
  ASSERT_EQ(deployment.run({"run", "--drain"}).status.code, 0);
  EXPECT_EQ(deployment.state("v2-with-party"), "submitted")
      << json::serialize(deployment.show("v2-with-party"));
  const auto requests = deployment.sandbox().requests("method=PATCH");
  ASSERT_EQ(requests.size(), 1U);
  const std::string body{requests.at(0).as_object().at("body").as_string()};
  EXPECT_EQ(body.find("N1"), std::string::npos) << "number was not asked for";
}

TEST(RealInput, TheEventAsDocumentedHasACustomerThatIsNoUuidAndIsRefused) {
  const Deployment deployment;
  const auto refused =
      enqueue_webhook(deployment,
                      event("a1b2c3d4",
                            "cust-uuid-1234",
                            {item("proof_of_address", "PROOF_OF_ADDRESS", {field("files")})}),
                      documents());
  EXPECT_EQ(refused.status.code, 65);
  EXPECT_NE(refused.standard_error.find("UUID"), std::string::npos) << refused.standard_error;
}

/// The stories of the demo hold the business example; here every one is previewed and submitted as
/// in production.
TEST(RealInput, TheBusinessExampleLeavesWholeAndWithoutItsEmptyList) {
  Deployment deployment;
  const auto stories = json::parse(read_file(RFI_DEMO_STORIES)).as_array();
  const auto& rfi = stories.at(0).as_object().at("rfi").as_object();
  const std::string customer{rfi.at("customer_id").as_string()};
  deployment.sandbox().put_customer(customer,
                                    json::serialize(stories.at(0).as_object().at("open")));
  ASSERT_EQ(deployment.run({"enqueue", "-"}, json::serialize(rfi) + "\n").status.code, 0);
  const auto preview = deployment.run({"preview", "business-example", "--json"});
  ASSERT_EQ(preview.status.code, 0) << preview.standard_error;
  const std::string body{json::parse(preview.standard_output).as_object().at("body").as_string()};
  ASSERT_EQ(deployment.run({"run", "--drain"}).status.code, 0);
  const auto requests = deployment.sandbox().requests("method=PATCH");
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests.at(0).as_object().at("body").as_string(), body)
      << "preview shows the exact bytes";
  EXPECT_EQ(body.find("\"supporting_documents\":[]"), std::string::npos);
  for (const char* type : {"PASSPORT", "DRIVERS_LICENSE", "RESIDENCE_PERMIT", "NATIONAL_ID"}) {
    EXPECT_NE(body.find(type), std::string::npos) << type;
  }
  EXPECT_EQ(deployment.state("business-example"), "submitted");
}

}  // namespace
}  // namespace rfi::test
