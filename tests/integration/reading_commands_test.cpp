// Commands on rows that are there: preview, status, list, show, explain, retry and cancel.
#include "integration/commands_fixture.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::test {
namespace {

namespace json = boost::json;

TEST_F(QueueCommands, PreviewIsTheExactRequestAndSendsNothing) {
  must(0, {"enqueue"}, document("a"));
  std::filesystem::remove(directory_ / "secret");
  const auto seen = must_json(0, {"preview", "a"});
  const std::string body = R"({"proof_of_address":{"type":"UTILITY_BILL","number":"7-SECRET"}})";
  EXPECT_EQ(seen.at("method").as_string(), "PATCH");
  EXPECT_EQ(seen.at("url").as_string(),
            fmt::format("http://127.0.0.1:9/base/v1/customers/{}1", kCustomer));
  EXPECT_EQ(seen.at("body").as_string(), body);
  EXPECT_EQ(seen.at("body_sha256").as_string().size(), 64U);
  EXPECT_EQ(seen.at("headers").at("Authorization").as_string(), "Bearer ********");
  EXPECT_EQ(seen.at("headers").at("Content-Length").as_string(), std::to_string(body.size()));
  EXPECT_EQ(seen.at("withheld").as_array(), (json::array{"proof_of_address.country"}));
  EXPECT_TRUE(seen.at("refusal").is_null());

  const auto text = must(0, {"preview", "a"});
  EXPECT_TRUE(text.starts_with(
      fmt::format("PATCH /base/v1/customers/{}1 HTTP/1.1\nHost: 127.0.0.1:9\n", kCustomer)))
      << text;
  EXPECT_NE(text.find("\n\n" + body + "\n"), std::string::npos) << text;
  EXPECT_NE(text.find("withheld:\n  proof_of_address.country\n"), std::string::npos) << text;
  EXPECT_EQ(must_json(0, {"show", "a"}).at("state").as_string(), "pending");
}

TEST_F(QueueCommands, PreviewOfAFileNeedsNoRowAndARefusalEndsWith1) {
  std::filesystem::remove(queue());
  must(0, {"preview", file("one.json", document("a"))});
  const auto missing = file("missing.json",
                            fmt::format(R"({{"reference":"a","customer_id":"{}1",)"
                                        R"("requested":["proof_of_address"],"documents":{{}}}})",
                                        kCustomer));
  const auto refused = must_json(1, {"preview", missing});
  EXPECT_TRUE(refused.at("refusal").is_string());
  EXPECT_TRUE(refused.at("body").is_null());
  EXPECT_EQ(refused.at("unmet").as_array(), (json::array{"proof_of_address"}));
  must(0, {"migrate"});
  must(65, {"preview", "neither"});
  must(65, {"preview", file("two.json", document("a") + "\n" + document("b"))});
}

TEST_F(QueueCommands, StatusCountsStatesAndSaysWhereItLooked) {
  must(0,
       {"enqueue"},
       document("a", 1) + "\n" + document("b", 2, R"(,"deadline":"2099-01-01T00:00:00Z")"));
  must(0, {"cancel", "a"});
  configure("enabled = false");
  const auto status = must_json(0, {"status"});
  EXPECT_EQ(status.at("counts").at("pending").as_int64(), 1);
  EXPECT_EQ(status.at("counts").at("cancelled").as_int64(), 1);
  EXPECT_EQ(status.at("deadlines").at(0).at("reference").as_string(), "b");
  EXPECT_TRUE(status.at("oldest_due").is_string());
  EXPECT_TRUE(status.at("paused").as_bool());
  EXPECT_TRUE(status.at("daemon").is_null());
  EXPECT_EQ(status.at("daemon_not_asked").as_string(), "no daemon runs");
  const auto text = must(0, {"status"});
  EXPECT_NE(text.find("paused"), std::string::npos) << text;
  EXPECT_NE(text.find("file alone: no daemon runs"), std::string::npos) << text;
}

TEST_F(QueueCommands, ListShowsNewestFirstWithinItsLimitAndState) {
  must(0, {"enqueue"}, document("a", 1) + "\n" + document("b", 2) + "\n" + document("c", 3));
  must(0, {"cancel", "b"});
  const auto all = must_json(0, {"list"}).as_array();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all.at(0).at("reference").as_string(), "c");
  EXPECT_EQ(must_json(0, {"list", "--limit", "2"}).as_array().size(), 2U);
  EXPECT_EQ(must_json(0, {"list", "--limit", "0"}).as_array().size(), 3U);
  const auto cancelled = must_json(0, {"list", "--state", "cancelled"}).as_array();
  ASSERT_EQ(cancelled.size(), 1U);
  EXPECT_EQ(cancelled.at(0).at("reference").as_string(), "b");
  EXPECT_TRUE(must_json(0, {"list", "--state", "failed"}).as_array().empty());
}

TEST_F(QueueCommands, ShowTellsTheHistoryInOrder) {
  must(0, {"enqueue"}, document("a"));
  sql("UPDATE rfi SET created_at = 1000, state = 'failed', failure = 'rejected', detail = 'no', "
      "attempts = 2, finished_at = 70000 WHERE reference = 'a';"
      "INSERT INTO attempt (rfi_id, number, started_at, finished_at, outcome, http_status, "
      "duration_ms, fields, version, policy_sha256) VALUES "
      "(1, 1, 2000, 2500, 'unavailable', 503, 500, '[\"proof_of_address.number\"]', 'v', 'p'), "
      "(1, 2, 64000, 70000, 'rejected', 422, 6000, '[\"proof_of_address.number\"]', 'v', 'p');");
  const auto text = must(0, {"show", "a"});
  const std::array parts{"failed (rejected)",
                         "1970-01-01T00:00:01.000Z",
                         "queued",
                         "+1 s",
                         "attempt 1 begins",
                         "proof_of_address.number",
                         "attempt 1: unavailable, HTTP 503, after 500 ms",
                         "+1 min 1 s",
                         "attempt 2 begins",
                         "attempt 2: rejected, HTTP 422, after 6 s",
                         "failed (rejected)"};
  std::size_t at = 0;
  for (const auto* part : parts) {
    at = text.find(part, at);
    ASSERT_NE(at, std::string::npos) << part << "\n" << text;
    ++at;
  }
  const auto shown = must_json(0, {"show", "a"});
  EXPECT_EQ(shown.at("history").at(1).at("http_status").as_int64(), 422);
  EXPECT_EQ(shown.at("history").at(0).at("fields").at(0).as_string(), "proof_of_address.number");
  must(65, {"show", "b"});
}

TEST_F(QueueCommands, ExplainNamesWhatHoldsARowBack) {
  must(0, {"enqueue"}, document("a", 1) + "\n" + document("b", 1));
  struct Case {
    const char* change;
    const char* code;
  };
  const std::array<Case, 9> cases{
      {{"SELECT 1", "in_line"},
       {"UPDATE rfi SET not_before = 9999999999999", "not_before"},
       {"UPDATE rfi SET not_before = NULL, next_attempt_at = 9999999999999", "backoff"},
       {"UPDATE rfi SET next_attempt_at = NULL, deadline = 5", "deadline_past"},
       {"UPDATE rfi SET deadline = NULL; UPDATE rfi SET state = 'submitting' WHERE reference = 'b'",
        "customer_busy"},
       {"UPDATE rfi SET state = 'pending'; INSERT INTO unfit_period VALUES (5, NULL)",
        "destination_unfit"},
       {"DELETE FROM unfit_period; UPDATE rfi SET state = 'submitting' WHERE reference = 'a'",
        "submitting"},
       {"UPDATE rfi SET state = 'failed', failure = 'rejected', finished_at = 5", "failed"},
       {"UPDATE rfi SET state = 'submitted', failure = NULL", "submitted"}}};
  for (const auto& one : cases) {
    SCOPED_TRACE(one.change);
    sql(one.change);
    const auto reasons = must_json(0, {"explain", "a"}).at("reasons").as_array();
    // While nobody runs, that is a reason for whatever waits.
    const bool waits = must_json(0, {"show", "a"}).at("state").as_string() == "pending";
    ASSERT_EQ(reasons.size(), waits && std::string_view(one.code) != "in_line" ? 2U : 1U);
    EXPECT_EQ(reasons.at(0).at("code").as_string(),
              std::string_view(one.code) == "in_line" ? "no_daemon" : one.code);
  }
  sql("UPDATE rfi SET state = 'pending', finished_at = NULL, deadline = 5");
  configure("enabled = false");
  const auto reasons = must_json(0, {"explain", "a"}).at("reasons").as_array();
  ASSERT_EQ(reasons.size(), 3U);
  EXPECT_EQ(reasons.at(1).at("code").as_string(), "paused");
  EXPECT_EQ(reasons.at(2).at("code").as_string(), "no_daemon");
}

TEST_F(QueueCommands, RetryAndCancelTellTheFateOfEachReference) {
  must(0, {"enqueue"}, document("a", 1) + "\n" + document("b", 2) + "\n" + document("c", 3));
  EXPECT_EQ(must(0, {"cancel", "a"}), "a: cancelled\n");
  sql("UPDATE rfi SET state = 'failed', failure = 'rejected', finished_at = 5 WHERE reference <> "
      "'a';"
      "UPDATE rfi SET erased_at = 6 WHERE reference = 'c';"
      "UPDATE tally SET count = 2 WHERE failure = 'rejected'");
  EXPECT_EQ(must(65, {"retry", "a", "b", "c", "d"}), "a: back to pending\nb: back to pending\n");
  EXPECT_NE(error_.find("rfi-submitd: c: its documents have been erased"), std::string::npos);
  EXPECT_NE(error_.find("rfi-submitd: d: no RFI has this reference"), std::string::npos);
  must(65, {"cancel", "c"});
  EXPECT_NE(error_.find("c: it is failed"), std::string::npos) << error_;
  EXPECT_EQ(count("failed"), 1);
  const auto all = must_json(0, {"retry", "--failed", "--failure", "rejected"});
  EXPECT_EQ(all.at("retried").as_int64(), 0);
  EXPECT_EQ(all.at("documents_erased").as_int64(), 1);
}

TEST_F(QueueCommands, ASetIsShownAndCountedBeforeItIsChanged) {
  std::string lines;
  for (int i = 1; i <= 5; ++i) {
    lines +=
        document("r" + std::to_string(i), i, i < 4 ? R"(,"deadline":"2099-01-01T00:00:00Z")" : "") +
        "\n";
  }
  must(0, {"enqueue"}, lines);
  const std::vector<std::string> set{
      "cancel", "--pending", "--deadline-before", "2100-01-01T00:00:00Z"};
  const auto with = [&set](std::vector<std::string> more) {
    more.insert(more.begin(), set.begin(), set.end());
    return more;
  };
  EXPECT_EQ(must_json(0, with({"--dry-run"})).at("cancelled").as_int64(), 3);
  EXPECT_NE(must(0, with({"--dry-run"})).find("r3"), std::string::npos);
  EXPECT_EQ(count("pending"), 5);
  must(65, with({"--expect", "2"}));
  EXPECT_NE(error_.find("3 RFIs would be changed, not 2: nothing was done"), std::string::npos);
  EXPECT_EQ(count("pending"), 5);
  EXPECT_EQ(must(0, with({"--expect", "3"})), "3 cancelled\n");
  EXPECT_EQ(count("pending"), 2);
  const auto customer = std::string(kCustomer) + "4";
  EXPECT_EQ(must(0, {"cancel", "--pending", "--customer", customer}), "1 cancelled\n");
  EXPECT_EQ(must(0, {"cancel", "--pending", "--older-than", "1d"}), "0 cancelled\n");
  EXPECT_EQ(count("pending"), 1);
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"cancel"},
        {"cancel", "r5", "--pending"},
        {"cancel", "r5", "--customer", customer},
        {"cancel", "--pending", "--customer", "7"},
        {"cancel", "--pending", "--older-than", "yesterday"},
        {"list", "--deadline-before", "soon"}}) {
    must(64, wrong);
  }
  EXPECT_EQ(count("pending"), 1);
}

TEST_F(QueueCommands, ListKeepsToAllItsFilters) {
  must(0, {"enqueue"}, document("a", 1) + "\n" + document("b", 2) + "\n" + document("c", 2));
  sql("UPDATE rfi SET state = 'failed', failure = 'rejected', finished_at = 5 WHERE reference = "
      "'c';"
      "UPDATE tally SET count = 1 WHERE failure = 'rejected';"
      "UPDATE rfi SET created_at = created_at - 86400000 WHERE reference = 'a'");
  const auto listed = [this](std::vector<std::string> filters) {
    filters.insert(filters.begin(), "list");
    std::string references;
    const auto rows = must_json(0, std::move(filters));
    for (const auto& row : rows.as_array()) {
      references += std::string(row.at("reference").as_string());
    }
    return references;
  };
  const auto customer = std::string(kCustomer) + "2";
  EXPECT_EQ(listed({"--customer", customer}), "cb");
  EXPECT_EQ(listed({"--customer", customer, "--state", "pending"}), "b");
  EXPECT_EQ(listed({"--failure", "rejected"}), "c");
  EXPECT_EQ(listed({"--failure", "expired"}), "");
  EXPECT_EQ(listed({"--older-than", "12h"}), "a");
  EXPECT_EQ(listed({"--younger-than", "12h", "--state", "pending"}), "b");
}

}  // namespace
}  // namespace rfi::test
