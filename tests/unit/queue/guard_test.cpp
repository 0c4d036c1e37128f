// What a producer's mistake meets: each forbidden statement, whether or not the connection trusts
// the schema.
#include "unit/queue/queue_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>

namespace rfi::queue::test {
namespace {

constexpr auto kColumns = "(reference, customer_id, requested, documents)";

struct Case {
  std::string sql;
  std::string error;  ///< what the message must hold; empty: the statement is allowed
};

std::string row(const std::string& reference_expression,
                const std::string& uuid = customer(1),
                const std::string& requested = "[]",
                const std::string& documents = "{}") {
  return fmt::format("INSERT INTO rfi {} VALUES ({}, '{}', '{}', '{}')",
                     kColumns,
                     reference_expression,
                     uuid,
                     requested,
                     documents);
}

std::string with(const std::string& column, const std::string& value) {
  return fmt::format(
      "INSERT INTO rfi (reference, customer_id, requested, documents, {}) VALUES ('n', '{}', '[]', "
      "'{{}}', {})",
      column,
      customer(1),
      value);
}

std::string duplicate(const std::string& verb, const std::string& tail = "") {
  return fmt::format("{} INTO rfi {} VALUES ('queued', '{}', '[1]', '{{\"new\":1}}') {}",
                     verb,
                     kColumns,
                     customer(2),
                     tail);
}

std::vector<Case> cases() {
  const std::string kChanged = "not changed after it was queued";
  const std::string kDaemon = "belong to the daemon";
  std::vector<Case> cases{
      // reference
      {row("'a'"), ""},
      {row("'" + std::string(200, 'r') + "'"), ""},
      {row("'" + std::string(201, 'r') + "'"), "1 to 200 bytes"},
      {row("'" + std::string(199, 'r') + "é'"), "1 to 200 bytes"},
      {row("''"), "1 to 200 bytes"},
      {row("NULL"), "NOT NULL"},
      {row("x'41'"), "cannot store BLOB value in TEXT column"},
      {row("'é ☃ \U0001F600 [x] *?'"), ""},
      {row("'b' || char(160)"), ""},
      // the rest of the producer's columns
      {row("'u'", "ABCDEF01-2345-6789-abcd-ef0123456789"), ""},
      {row("'n'", "g0000000-0000-4000-8000-000000000001"), "must be a UUID"},
      {row("'n'", customer(1) + "0"), "must be a UUID"},
      {row("'n'", customer(1) + "\n"), "must be a UUID"},
      {row("'n'", "{" + customer(1) + "}"), "must be a UUID"},
      {row("'n'", "0000000000004000800000000000000100000000"), "must be a UUID"},
      {row("'w'", customer(1), " \t\r\n[]", " \t\r\n{}"), ""},
      {row("'n'", customer(1), "{}"), "requested must be a JSON array"},
      {row("'n'", customer(1), ""), "requested must be a JSON array"},
      {row("'n'", customer(1), "[]", "[]"), "documents must be a JSON object"},
      {row("'n'", customer(1), "[]", "null"), "documents must be a JSON object"},
      {with("priority", "'high'"), "cannot store TEXT value in INTEGER column"},
      {with("deadline", "'2026-01-01'"), "cannot store TEXT value in INTEGER column"},
      // what is not the producer's
      {with("id", "7"), "id is given by the queue"},
      {with("id", "-1"), "id is given by the queue"},
      {with("id", "0"), "id is given by the queue"},
      {with("id", "9223372036854775807"), "id is given by the queue"},
      {with("state", "'submitted'"), kDaemon},
      {with("state", "'nonsense'"), kDaemon},
      {with("failure", "'invalid'"), kDaemon},
      {with("detail", "''"), kDaemon},
      {with("attempts", "1"), kDaemon},
      {with("next_attempt_at", "1"), kDaemon},
      {with("updated_at", "1"), kDaemon},
      {with("finished_at", "1"), kDaemon},
      {with("retried_at", "1"), kDaemon},
      {with("erased_at", "1"), kDaemon},
      {with("waiting_for", "'time'"), kDaemon},
      {with("created_at", "4102444800000"), "more than a minute ahead"},
      {with("created_at", "CAST((julianday('now') - 2440587.5) * 86400000 + 61000 AS INTEGER)"),
       "more than a minute ahead"},
      {with("created_at", "CAST((julianday('now') - 2440587.5) * 86400000 + 50000 AS INTEGER)"),
       ""},
      {"DELETE FROM rfi WHERE reference = 'n'", "only a finished RFI"},
      // the same reference again
      {duplicate("INSERT"), "UNIQUE constraint failed: rfi.reference"},
      {duplicate("INSERT OR ABORT"), "UNIQUE constraint failed: queued_already.reference"},
      {duplicate("INSERT", "ON CONFLICT DO NOTHING"), ""},
      {duplicate("INSERT", "ON CONFLICT (reference) DO NOTHING"), ""},
      {duplicate("INSERT OR IGNORE"), ""},
      {duplicate("INSERT", "ON CONFLICT (reference) DO UPDATE SET priority = 3, deadline = NULL"),
       ""},
      {duplicate("INSERT", "ON CONFLICT (reference) DO UPDATE SET documents = excluded.documents"),
       kChanged},
      {duplicate("INSERT OR REPLACE"), "INSERT OR REPLACE would delete"},
      {duplicate("REPLACE"), "INSERT OR REPLACE would delete"},
      {"UPDATE OR REPLACE rfi SET reference = 'queued' WHERE reference = 'a'", kChanged},
      {"UPDATE OR REPLACE rfi SET id = (SELECT id FROM rfi WHERE reference = 'queued') WHERE "
       "reference = 'a'",
       kChanged},
      // after the insert
      {"UPDATE rfi SET priority = 9, not_before = 1, deadline = NULL WHERE reference = 'queued'",
       ""},
      {"UPDATE rfi SET state = 'submitting' WHERE reference = 'queued'",
       "state belongs to the daemon"},
      {"UPDATE rfi SET state = 'submitted' WHERE reference = 'queued'",
       "state belongs to the daemon"},
      {"UPDATE rfi SET state = NULL WHERE reference = 'queued'", "state belongs to the daemon"},
      {"UPDATE rfi SET attempts = 0 WHERE reference = 'submitting'", ""},
      {"UPDATE rfi SET attempts = 5 WHERE reference = 'queued'", kDaemon},
      {"UPDATE rfi SET waiting_for = 'time' WHERE reference = 'queued'", kDaemon},
      {"UPDATE rfi SET finished_at = 5 WHERE reference = 'queued'", kDaemon},
      {"UPDATE rfi SET customer_id = upper(customer_id) || '' WHERE reference = 'letters'",
       kChanged},
      {"UPDATE rfi SET created_at = 5 WHERE reference = 'queued'", kChanged},
      {"UPDATE rfi SET state = 'cancelled' WHERE reference = 'submitting'",
       "state belongs to the daemon"},
      {"UPDATE rfi SET state = 'cancelled' WHERE reference = 'submitting' AND state = 'pending'",
       ""},
      {"UPDATE rfi SET state = 'pending' WHERE reference = 'submitted'",
       "state belongs to the daemon"},
      {"UPDATE rfi SET state = 'pending' WHERE reference = 'failed'",
       "state belongs to the daemon"},
      {"UPDATE rfi SET priority = 1 WHERE reference = 'submitting'",
       "only while the RFI is pending"},
      {"UPDATE rfi SET deadline = 1 WHERE reference = 'failed'", "only while the RFI is pending"},
      {"DELETE FROM rfi WHERE reference = 'queued'", "only a finished RFI"},
      {"DELETE FROM rfi WHERE reference = 'submitting'", "only a finished RFI"},
      {"DELETE FROM rfi", "only a finished RFI"},
      {"DELETE FROM rfi WHERE reference IN ('submitted', 'failed')", ""},
      {"UPDATE rfi SET state = 'cancelled' WHERE reference = 'queued' AND state = 'pending'", ""},
      {"UPDATE rfi SET state = 'pending' WHERE reference = 'queued'",
       "state belongs to the daemon"},
      {"DELETE FROM rfi WHERE reference = 'queued'", ""},
      {row("'queued'"), ""},
      // the audit
      {"INSERT INTO attempt (rfi_id, number, started_at, version, policy_sha256) VALUES (1, 9, 1, "
       "'', '')",
       "audit of the daemon"},
      {"REPLACE INTO attempt (rfi_id, number, started_at, version, policy_sha256) VALUES (1, 1, 1, "
       "'', '')",
       "audit of the daemon"},
      {"UPDATE attempt SET detail = 'x'", "audit of the daemon"},
      {"DELETE FROM attempt", "audit of the daemon"},
      {"DELETE FROM queued_already", "belongs to the queue"},
  };
  for (const int control : {0, 1, 9, 10, 13, 27, 31, 127, 128, 133, 155, 159}) {
    for (const auto* place :
         {"char({}) || 'a'", "'a' || char({})", "'a' || char({}) || 'b'", "char({})"}) {
      cases.push_back({row(fmt::format(fmt::runtime(place), control)), "control characters"});
    }
  }
  return cases;
}

class Guards : public QueueTest {
 protected:
  Guards() {
    Producer setup(path(), TrustedSchema::on, Triggers::off);
    for (const auto* reference : {"queued", "submitting", "submitted", "failed"}) {
      setup.insert(reference, 2);
    }
    setup.must(
        "INSERT INTO rfi (reference, customer_id, requested, documents) VALUES "
        "('letters', 'abcdef01-2345-6789-abcd-ef0123456789', '[]', '{}')");
    setup.must(
        "UPDATE rfi SET state = reference, finished_at = 1, failure = CASE reference WHEN 'failed' "
        "THEN 'rejected' END "
        "WHERE reference IN ('submitting', 'submitted', 'failed')");
    setup.must("UPDATE tally SET count = 1 WHERE state = 'submitted' OR failure = 'rejected'");
    setup.must(
        "INSERT INTO attempt (rfi_id, number, started_at, finished_at, outcome, version, "
        "policy_sha256) "
        "VALUES (1, 1, 1, 2, 'accepted', '', '')");
  }

  void refuse_and_allow(TrustedSchema trusted) {
    Producer producer(path(), trusted);
    for (const auto& [sql, error] : cases()) {
      SCOPED_TRACE(sql);
      const auto before = producer.number("SELECT count(*) FROM rfi");
      const auto message = producer.run(sql);
      if (error.empty()) {
        EXPECT_EQ(message, "");
      } else {
        EXPECT_NE(message.find(error), std::string::npos) << message;
        EXPECT_EQ(producer.number("SELECT count(*) FROM rfi"), before);
      }
    }
    EXPECT_EQ(producer.text("SELECT replaced FROM queued_already"), "0");
    EXPECT_EQ(producer.number("SELECT total(count) FROM tally"), 0)
        << "deleted rows leave the tally";
  }
};

TEST_F(Guards, HoldForConnectionsThatTrustTheSchema) {
  refuse_and_allow(TrustedSchema::on);
}
TEST_F(Guards, HoldForConnectionsThatDoNot) {
  refuse_and_allow(TrustedSchema::off);
}

TEST_F(Guards, HoldWithRecursiveTriggersToo) {
  Producer producer(path());
  producer.must("PRAGMA recursive_triggers = ON");
  EXPECT_NE(producer.run(duplicate("REPLACE")), "");
  EXPECT_EQ(producer.run(duplicate("INSERT", "ON CONFLICT DO NOTHING")), "");
  EXPECT_EQ(producer.text("SELECT documents FROM rfi WHERE reference = 'queued'"),
            "{\"reference\":\"queued\"}");
}

TEST_F(Guards, IdsAreNeverUsedTwice) {
  Producer producer(path());
  const auto first = producer.insert("one", 1);
  producer.must("UPDATE rfi SET state = 'cancelled' WHERE reference = 'one'");
  producer.must("DELETE FROM rfi WHERE reference = 'one'");
  EXPECT_GT(producer.insert("one", 1), first);
}

/// Runs a shell command and returns what it printed on both streams.
std::string output_of(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(),
                     "r");  // NOLINT(cert-env33-c): the point is another program
  EXPECT_NE(pipe, nullptr);
  std::string text;
  std::array<char, 4096> buffer{};
  for (std::size_t bytes = 0; (bytes = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    text.append(buffer.data(), bytes);
  }
  text += fmt::format("exit {}", pclose(pipe));
  return text;
}

TEST_F(Guards, MeetTheSqliteShell) {
  const auto script = path().string() + ".sql";
  std::ofstream(script) << ".timeout 10000\n"
                        << row("'shell'") << ";\n"
                        << duplicate("INSERT", "ON CONFLICT DO NOTHING") << ";\n"
                        << "SELECT changes() || ' changed';\n"
                        << duplicate("REPLACE") << ";\n";
  const auto text = output_of(fmt::format("sqlite3 '{}' < '{}'", path().string(), script));
  EXPECT_NE(text.find("0 changed"), std::string::npos) << text;
  EXPECT_NE(text.find("INSERT OR REPLACE would delete"), std::string::npos) << text;
  EXPECT_EQ(Producer(path()).number("SELECT count(*) FROM rfi WHERE reference = 'shell'"), 1);
}

TEST_F(Guards, MeetPython) {
  const auto script = path().string() + ".py";
  std::ofstream(script) << fmt::format(
      R"py(
import json, sqlite3
queue = sqlite3.connect('{0}', timeout=10)
columns = "(reference, customer_id, requested, documents)"
for _ in range(2):
    with queue:
        done = queue.execute(
            f"INSERT INTO rfi {{columns}} VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            ("python", "{1}", json.dumps(["proof_of_address"]), json.dumps({{"proof_of_address": {{"type": "X"}}}})))
        print("inserted", done.rowcount)
for sql in (f"REPLACE INTO rfi {{columns}} VALUES ('python', '{1}', '[]', '{{{{}}}}')",
            "DELETE FROM rfi", "UPDATE rfi SET state = 'submitted'"):
    try:
        with queue:
            queue.execute(sql)
        print("done")
    except sqlite3.IntegrityError as error:
        print("refused:", error)
with queue:
    done = queue.execute(
        "UPDATE rfi SET state = 'cancelled' WHERE reference = ? AND state = 'pending'", ("python",))
    print("cancelled", done.rowcount)
)py",
      path().string(),
      customer(1));
  const auto text = output_of(fmt::format("python3 '{}'", script));
  EXPECT_EQ(text.find("inserted 1\ninserted 0\nrefused: INSERT OR REPLACE would delete"), 0U)
      << text;
  EXPECT_NE(text.find("refused: only a finished RFI"), std::string::npos) << text;
  EXPECT_NE(text.find("refused: state belongs to the daemon"), std::string::npos) << text;
  EXPECT_NE(text.find("cancelled 1\nexit 0"), std::string::npos) << text;
}

}  // namespace
}  // namespace rfi::queue::test
