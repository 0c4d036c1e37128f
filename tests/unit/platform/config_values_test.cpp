#include "rfi/platform/config_file.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rfi::platform {
namespace {

using namespace std::chrono_literals;

Config parsed(std::string_view text) {
  const ConfigResult result = parse_config(text, "f");
  if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    for (const ConfigProblem& problem : *problems) {
      ADD_FAILURE() << to_string(problem);
    }
    return {};
  }
  return std::get<Config>(result);
}

Config with_required(std::string_view text) {
  return parsed(
      std::string("api.base_url = \"https://h\"\nauth.client_id = \"me\"\n").append(text));
}

// The numbers of the contract, written once more: a changed default has to be meant.
TEST(ConfigDefaults, AreThoseThatWerePromised) {
  const Config config;
  EXPECT_EQ(config.queue.path, "/var/lib/rfi-submitd/queue.db");
  EXPECT_EQ(config.queue.journal, Journal::automatic);
  EXPECT_FALSE(config.queue.accept_wal_reset_bug);
  EXPECT_EQ(config.api.connect_timeout, 10s);
  EXPECT_EQ(config.api.request_timeout, 30s);
  EXPECT_EQ(config.api.look_path, "/v2/customers/{customer_id}");
  EXPECT_TRUE(config.submission.enabled);
  EXPECT_EQ(config.submission.max_in_flight, 32U);
  EXPECT_EQ(config.submission.max_open, 128U);
  EXPECT_EQ(config.submission.rate_limit, 0.0);
  EXPECT_EQ(config.submission.reconcile, Reconcile::after_unknown);
  EXPECT_EQ(config.submission.max_body_bytes, 1'048'576U);
  EXPECT_EQ(config.submission.drain_timeout, 30s);
  EXPECT_EQ(config.retry.initial_delay, 1s);
  EXPECT_EQ(config.retry.max_delay, 15min);
  EXPECT_EQ(config.retry.max_attempts, 20U);
  EXPECT_EQ(config.retry.give_up_after, 72h);
  EXPECT_EQ(config.allowlist.policy, AllowlistPolicy::strict);
  EXPECT_EQ(config.allowlist.partial, AllowlistPartial::refuse);
  EXPECT_EQ(config.allowlist.types.size(), 2U);
  EXPECT_TRUE(config.upload.per_customer);
  EXPECT_EQ(config.upload.max_file_bytes, 20'971'520U);
  EXPECT_EQ(config.upload.delete_after, DeleteAfter::never);
  EXPECT_EQ(config.retention.documents, 720h);
  EXPECT_EQ(config.retention.rows, std::nullopt);
  EXPECT_EQ(config.log.level, Level::info);
  EXPECT_EQ(config.log.format, LogFormat::json);
  EXPECT_EQ(config.log.stats_interval, 60s);
}

TEST(ParseConfig, GivesTheDefaultsForWhatIsLeftOut) {
  Config expected;
  expected.api.base_url = "https://h";
  expected.auth.client_id = "me";
  EXPECT_EQ(with_required(""), expected);
}

TEST(ParseConfig, ReadsEveryKey) {
  const Config config = parsed(R"(
[queue]
path = "/q.db"
journal = "wal"
accept_wal_reset_bug = true
[api]
base_url = "https://api.example.com/gateway//"
ca_file = "/ca.pem"
client_certificate = "/c.pem"
client_key = "/c.key"
proxy = "http://proxy.example.com:3128"
connect_timeout = "500ms"
request_timeout = "1m"
idempotency_header = "Idempotency-Key"
look_path = "/v3/{customer_id}"
[auth]
client_id = "me"
client_secret_file = "/secret"
[submission]
enabled = false
max_in_flight = 4
max_open = 4
rate_limit = 2.5
reconcile = "always"
max_body_bytes = 100
drain_timeout = "0s"
[retry]
initial_delay = "2s"
max_delay = "2s"
max_attempts = 1
give_up_after = "1h"
[allowlist]
policy = "document"
partial = "send"
fields = ["colour"]
[allowlist.types]
TAX_FORM = ["supporting_documents"]
GOVERNMENT_ID = []
[[allowlist.alias]]
section = "tax_info"
as = "supporting_documents"
[[allowlist.alias]]
section = "tax_info"
field = "text"
as = "supporting_documents.number"
[upload]
directory = "/srv/uploads"
per_customer = false
max_file_bytes = 1
delete_after = "submitted"
[retention]
documents = "never"
rows = "365d"
[log]
level = "critical"
format = "text"
stats_interval = "5s"
)");
  EXPECT_EQ(config.queue,
            (QueueConfig{.path = "/q.db", .journal = Journal::wal, .accept_wal_reset_bug = true}));
  EXPECT_EQ(config.api,
            (ApiConfig{.base_url = "https://api.example.com/gateway",
                       .ca_file = "/ca.pem",
                       .client_certificate = "/c.pem",
                       .client_key = "/c.key",
                       .proxy = "http://proxy.example.com:3128",
                       .connect_timeout = 500ms,
                       .request_timeout = 1min,
                       .idempotency_header = "Idempotency-Key",
                       .look_path = "/v3/{customer_id}"}));
  EXPECT_EQ(config.auth, (AuthConfig{.client_id = "me", .client_secret_file = "/secret"}));
  EXPECT_EQ(config.submission,
            (SubmissionConfig{.enabled = false,
                              .max_in_flight = 4,
                              .max_open = 4,
                              .rate_limit = 2.5,
                              .reconcile = Reconcile::always,
                              .max_body_bytes = 100,
                              .drain_timeout = 0ms}));
  EXPECT_EQ(
      config.retry,
      (RetryConfig{.initial_delay = 2s, .max_delay = 2s, .max_attempts = 1, .give_up_after = 1h}));
  const AllowlistConfig allowlist{
      .policy = AllowlistPolicy::document,
      .partial = AllowlistPartial::send,
      .fields = {"colour"},
      .types = {{"GOVERNMENT_ID", {}},
                {"PROOF_OF_ADDRESS", {"proof_of_address", "address_documents"}},
                {"TAX_FORM", {"supporting_documents"}}},
      .aliases = {{.section = "tax_info", .field = std::nullopt, .as = "supporting_documents"},
                  {.section = "tax_info", .field = "text", .as = "supporting_documents.number"}}};
  EXPECT_EQ(config.allowlist, allowlist);
  EXPECT_EQ(config.upload,
            (UploadConfig{.directory = "/srv/uploads",
                          .per_customer = false,
                          .max_file_bytes = 1,
                          .delete_after = DeleteAfter::submitted}));
  EXPECT_EQ(config.retention, (RetentionConfig{.documents = std::nullopt, .rows = 8760h}));
  EXPECT_EQ(config.log,
            (LogConfig{.level = Level::critical, .format = LogFormat::text, .stats_interval = 5s}));
}

TEST(ParseConfig, MakesMaxOpenFollowMaxInFlight) {
  EXPECT_EQ(with_required("submission.max_in_flight = 5").submission.max_open, 20U);
  EXPECT_EQ(with_required("submission.max_open = 50").submission.max_open, 50U);
}

TEST(ParseConfig, TakesAnEmptyTextForNotSet) {
  const Config config = with_required(
      "api.ca_file = \"\"\napi.client_key = \"\"\napi.proxy = \"\"\nupload.directory = \"\"\n"
      "auth.client_secret_file = \"\"\napi.idempotency_header = \"\"\n");
  EXPECT_EQ(config, with_required(""));
}

TEST(ParseConfig, TakesAWholeNumberForARate) {
  EXPECT_EQ(with_required("submission.rate_limit = 3").submission.rate_limit, 3.0);
}

TEST(ParseConfig, KeepsRowsForEverAtZeroAndAtNever) {
  EXPECT_EQ(with_required("retention.rows = \"0\"").retention.rows, std::nullopt);
  EXPECT_EQ(with_required("retention.rows = \"never\"").retention.rows, std::nullopt);
}

}  // namespace
}  // namespace rfi::platform
