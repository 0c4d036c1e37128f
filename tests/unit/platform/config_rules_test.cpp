#include "rfi/platform/config_rules.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace rfi::platform {
namespace {

using Rule = Complaint (*)(std::string_view);

struct Case {
  Rule rule;
  std::string_view value;
  std::string_view complaint;  ///< how it begins; empty: the value is accepted
};

void expect_all(const std::vector<Case>& cases) {
  for (const auto& [rule, value, expected] : cases) {
    const Complaint complaint = rule(value);
    EXPECT_EQ(complaint.has_value(), !expected.empty()) << value;
    EXPECT_TRUE(complaint.value_or("").starts_with(expected))
        << value << ": " << complaint.value_or("accepted");
  }
}

TEST(CheckBaseUrl, TakesHttpsAndLoopback) {
  expect_all({
      {check_base_url, "https://api.example.com", ""},
      {check_base_url, "https://api.example.com/", ""},
      {check_base_url, "HTTPS://api.example.com:8443/gateway/fin", ""},
      {check_base_url, "https://192.0.2.1", ""},
      {check_base_url, "https://[2001:db8::1]:443", ""},
      {check_base_url, "http://localhost", ""},
      {check_base_url, "http://LOCALHOST:8080", ""},
      {check_base_url, "http://127.0.0.1:8080", ""},
      {check_base_url, "http://127.255.0.9", ""},
      {check_base_url, "http://[::1]:8080", ""},
  });
}

TEST(CheckBaseUrl, RefusesEverythingElse) {
  constexpr std::string_view kNoUrl = "must be an absolute URL";
  constexpr std::string_view kNoTls = "must begin with https://";
  expect_all({
      {check_base_url, "", kNoUrl},
      {check_base_url, "api.example.com", kNoUrl},
      {check_base_url, "/v1", kNoUrl},
      {check_base_url, "https://", kNoUrl},
      {check_base_url, "https:///path", kNoUrl},
      {check_base_url, "https:api.example.com", kNoUrl},
      {check_base_url, "https://api example.com", kNoUrl},
      {check_base_url, "https://api.example.com:0", kNoUrl},
      {check_base_url, "https://api.example.com:", kNoUrl},
      {check_base_url, "https://api.example.com:65536", kNoUrl},
      {check_base_url, "https://api.example.com\n", kNoUrl},
      {check_base_url, "https://api%0A.example.com", kNoUrl},
      {check_base_url, "http://api.example.com", kNoTls},
      {check_base_url, "http://localhost.example.com", kNoTls},
      {check_base_url, "http://127.0.0.1.example.com", "must not have a host name"},
      {check_base_url, "https://10.0.0.1.example.com/x", "must not have a host name"},
      {check_base_url, "http://127.0.0.1example.com:80", "must not have a host name"},
      {check_base_url, "http://127.1", kNoTls},
      {check_base_url, "http://10.0.0.1", kNoTls},
      {check_base_url, "http://0.0.0.0", kNoTls},
      {check_base_url, "http://[::2]", kNoTls},
      {check_base_url, "http://[::ffff:10.0.0.1]", kNoTls},
      {check_base_url, "ftp://api.example.com", kNoTls},
      {check_base_url, "https://user:hunter2@api.example.com", "must not contain a user"},
      {check_base_url, "http://localhost@api.example.com", "must not contain a user"},
      {check_base_url, "https://api.example.com?x=1", "must end with the host"},
      {check_base_url, "https://api.example.com/#x", "must end with the host"},
  });
}

TEST(CheckProxy, TakesAHostAndAPortOnly) {
  constexpr std::string_view kWrong = "must be \"http://host:port\"";
  expect_all({
      {check_proxy, "http://proxy.example.com:3128", ""},
      {check_proxy, "http://10.0.0.1:80", ""},
      {check_proxy, "http://proxy.example.com", kWrong},
      {check_proxy, "https://proxy.example.com:3128", kWrong},
      {check_proxy, "http://[::1]:3128", ""},
      {check_proxy,
       "http://user:hunter2@proxy.example.com:3128",
       "must not contain a user or a password"},
      {check_proxy, "http://pro%0Axy:3128", kWrong},
      {check_proxy, "http://proxy.example.com:3128/path", kWrong},
      {check_proxy, "proxy.example.com:3128", kWrong},
      {check_proxy, "http://10.0.0.1.example.com:80", kWrong},
  });
}

TEST(CheckHeaderName, TakesATokenThatIsNotOurs) {
  expect_all({
      {check_header_name, "Idempotency-Key", ""},
      {check_header_name, "x_key.1", ""},
      {check_header_name, "Idempotency Key", "must be the name of a header"},
      {check_header_name, "Key:", "must be the name of a header"},
      {check_header_name, "Key\r\nEvil", "must be the name of a header"},
      {check_header_name, "Schlüssel", "must be the name of a header"},
      {check_header_name, "AUTHORIZATION", "must not be a header that every request"},
      {check_header_name, "content-length", "must not be a header that every request"},
  });
}

TEST(CheckLookPath, WantsThePlaceOfTheCustomerOnce) {
  constexpr std::string_view kWrong = "must be a path with {customer_id} in it once";
  expect_all({
      {check_look_path, "/v2/customers/{customer_id}", ""},
      {check_look_path, "/{customer_id}/details", ""},
      {check_look_path, "v2/customers/{customer_id}", kWrong},
      {check_look_path, "/v2/customers", kWrong},
      {check_look_path, "/v2/customers/{id}", kWrong},
      {check_look_path, "/{customer_id}/{customer_id}", kWrong},
      {check_look_path, "/{customer_id}?x=1", kWrong},
      {check_look_path, "/{customer_id} HTTP/1.1\r\nX: y", kWrong},
  });
}

TEST(CheckExplicitPath, RefusesWhatDoesNotLookLikeAFile) {
  expect_all({
      {check_explicit_path, "/etc/ssl/ca.pem", ""},
      {check_explicit_path, "./ca.pem", ""},
      {check_explicit_path, "../ca.pem", ""},
      {check_explicit_path, "ca.pem", "must be the name of a file that begins with"},
      {check_explicit_path, "sk_live/hunter2", "must be the name of a file that begins with"},
      {check_explicit_path, {"/a\0b", 4}, "must not contain control characters"},
  });
}

TEST(CheckQueuePath, WantsAFile) {
  expect_all({
      {check_queue_path, "/var/lib/rfi-submitd/queue.db", ""},
      {check_queue_path, "queue.db", ""},
      {check_queue_path, "", "must not be empty"},
      {check_queue_path, ":memory:", "must be the name of a file"},
      {check_queue_path, "file:queue.db?mode=ro", "must be the name of a file"},
      {check_queue_path, "/var/lib/", "must be the name of a file"},
      {check_queue_path, "/a\nb", "must not contain control characters"},
  });
}

TEST(CheckName, TakesTheGrammarOfPaths) {
  constexpr std::string_view kWrong = "must be a name of letters";
  expect_all({
      {check_name, "proof_of_identity", ""},
      {check_name, "W9", ""},
      {check_name, "", kWrong},
      {check_name, "a.b", kWrong},
      {check_name, "a b", kWrong},
      {check_name, "größe", kWrong},
      {check_alias_target, "number", ""},
      {check_alias_target, "supporting_documents.files", ""},
      {check_alias_target, "a.b.c", "must be a section"},
      {check_alias_target, ".b", "must be a section"},
      {check_alias_target, "a.", "must be a section"},
  });
}

TEST(NamesASecret, KnowsTheUsualWords) {
  for (const std::string_view key :
       {"client_secret", "secret", "Password", "api_key", "access_token", "private_key"}) {
    EXPECT_TRUE(names_a_secret(key)) << key;
  }
  for (const std::string_view key : {"client_id", "path", "base_url", "client_key"}) {
    EXPECT_FALSE(names_a_secret(key)) << key;
  }
}

}  // namespace
}  // namespace rfi::platform
