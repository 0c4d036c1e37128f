// Rows that a producer wrote with `PRAGMA ignore_check_constraints = ON`: none of them stops the
// daemon, another row or a backup, and what stands in them reaches nobody.
#include "integration/disk_fixture.hpp"

#include <boost/json/serialize.hpp>

#include <string>

namespace rfi::test {
namespace {

namespace json = boost::json;

constexpr const char* kDocuments =
    R"({"proof_of_address":{"type":"UTILITY_BILL","files":[{"uri":"/bill.pdf"}]}})";

DeploymentOptions with_idempotency_header() {
  DeploymentOptions options;
  options.api += "idempotency_header = \"Idempotency-Key\"\n";
  return options;
}

class PastConstraints : public DiskTest {
 protected:
  PastConstraints() : DiskTest(with_idempotency_header()), producer_(deployment_.queue()) {
    producer_.run("PRAGMA ignore_check_constraints = ON");
  }

  /// `reference` is an expression.
  void insert(const std::string& reference, unsigned customer) {
    producer_.run("INSERT INTO rfi (reference, customer_id, requested, documents) VALUES (" +
                  reference + ", '" + customer_id(customer) +
                  "', '[\"proof_of_address.files\"]', '" + kDocuments + "')");
  }
  /// All that the API has seen of PATCHes.
  [[nodiscard]] std::string seen() {
    return json::serialize(deployment_.sandbox().requests("?method=PATCH"));
  }

  Stranger producer_;
};

TEST_F(PastConstraints, AReferenceDoesNotBecomeAHeaderOrARequest) {
  insert("'k' || char(13, 10) || 'X-Injected: yes'", 1);
  insert("'l' || char(10) || 'X-Injected: yes'", 2);
  insert(
      "'m' || char(13, 10) || 'Content-Length: 0' || char(13, 10, 13, 10) || "
      "'PATCH /v1/customers/0000000f-0000-4000-8000-000000000000 HTTP/1.1'",
      3);
  insert("''", 4);
  insert("printf('%.300c', 'x')", 5);
  insert("'good'", 6);
  start();
  EXPECT_TRUE(becomes("good", "submitted"));
  EXPECT_EQ(stop(), 0);
  EXPECT_EQ(producer_.text("SELECT count(*) FROM rfi WHERE state = 'failed' AND "
                           "failure = 'invalid' AND detail GLOB 'reference must *'"),
            "5");
  EXPECT_EQ(producer_.text("SELECT count(*) FROM attempt"), "1");
  EXPECT_EQ(patches(), 1U);
  EXPECT_EQ(seen().find("njected"), std::string::npos);
  EXPECT_NE(seen().find("good"), std::string::npos) << "the header is sent";
}

TEST_F(PastConstraints, RowsAreCopiedByABackupLikeAllOthers) {
  insert("'odd' || char(10)", 1);
  insert("''", 2);
  producer_.run(
      "INSERT INTO rfi (id, reference, customer_id, requested, documents) VALUES (-1, "
      "'below', 'no uuid', 'x', 'y')");
  enqueue("good", 3);
  const auto copy = deployment_.directory() / "copy.db";
  const auto backup = deployment_.run({"backup", copy.string()});
  EXPECT_EQ(backup.status.code, 0) << backup.standard_error;
  Stranger reader(copy);
  EXPECT_EQ(reader.text("SELECT group_concat(id) FROM (SELECT id FROM rfi ORDER BY id)"),
            producer_.text("SELECT group_concat(id) FROM (SELECT id FROM rfi ORDER BY id)"));
  EXPECT_EQ(reader.text("SELECT count(*) FROM rfi"), "4");
}

TEST_F(PastConstraints, TheDaemonsOwnColumnsArePutRight) {
  for (unsigned i = 1; i <= 5; ++i) {
    enqueue("r" + std::to_string(i), i);
  }
  // For this a producer must also switch the triggers off.
  const auto trigger = producer_.text("SELECT sql FROM sqlite_schema WHERE name = 'rfi_update'");
  producer_.run(
      "DROP TRIGGER rfi_update;"
      "UPDATE rfi SET attempts = -5 WHERE reference = 'r1';"
      "UPDATE rfi SET failure = 'odd' WHERE reference = 'r2';"
      "UPDATE rfi SET state = 'submitting', failure = 'odd' WHERE reference = 'r3';"
      "UPDATE rfi SET state = 'odd' WHERE reference = 'r4'");
  producer_.run(trigger);
  start();
  for (const char* reference : {"r1", "r2", "r3", "r5"}) {
    EXPECT_TRUE(becomes(reference, "submitted")) << reference;
  }
  EXPECT_EQ(producer_.text("SELECT attempts FROM rfi WHERE reference = 'r1'"), "1");
  EXPECT_EQ(stop(), 0);
  EXPECT_NE(daemon_->standard_output().find("rows in a state that does not exist: 1;"),
            std::string::npos);
}

}  // namespace
}  // namespace rfi::test
