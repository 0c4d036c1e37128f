// What becomes of rows and attempts when outcomes arrive, when the daemon dies and when a commit is
// in doubt.
#include "unit/queue/store_fixture.hpp"

#include "rfi/queue/schema.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

namespace rfi::queue::test {
namespace {

using policy::Outcome;
using References = std::vector<std::string>;
using Records = StoreTest;

TEST_F(Records, AnAcceptedRowIsSubmitted) {
  producer_.insert("a", 1);
  const auto first = exchange(1);
  auto closing = accepted(first.claims[0]);
  closing.request_id = "r-1";
  (void)exchange(0, {closing});
  EXPECT_EQ(state("a"), "submitted");
  EXPECT_EQ(field("failure", "a"), "NULL");
  EXPECT_EQ(field("attempts", "a"), "1");
  EXPECT_NE(field("finished_at", "a"), "NULL");
  EXPECT_EQ(producer_.text("SELECT outcome || ' ' || http_status || ' ' || request_id || ' ' || "
                           "duration_ms FROM attempt"),
            "accepted 200 r-1 5");
  EXPECT_EQ(producer_.text("SELECT ifnull(error, 'NULL') || ifnull(detail, 'NULL') FROM attempt"),
            "NULLNULL");
  EXPECT_EQ(producer_.number("SELECT count FROM tally WHERE state = 'submitted'"), 1);
}

TEST_F(Records, ARetryWaitsAndCounts) {
  producer_.insert("a", 1);
  const auto first = exchange(1);
  const auto next = exchange(1, {retry(first.claims[0], Outcome::unavailable, 1min)});
  EXPECT_TRUE(next.claims.empty());
  EXPECT_EQ(next.next_due, now_ + 1min);
  EXPECT_EQ(field("detail", "a"), "trouble");
  EXPECT_EQ(field("next_attempt_at", "a"), std::to_string(policy::unix_ms(now_ + 1min)));
  now_ += 1min;
  const auto second = exchange(1);
  ASSERT_EQ(second.claims.size(), 1U);
  EXPECT_EQ(second.claims[0].attempt.number, 2);
  EXPECT_EQ(second.claims[0].attempts, 2);
  EXPECT_EQ(second.claims[0].tries, 2);
  EXPECT_EQ(second.claims[0].previous, Outcome::unavailable);
}

TEST_F(Records, ARetryThatIsDueAtOnceIsClaimedInTheSameCommit) {
  producer_.insert("a", 1);
  const auto first = exchange(1);
  EXPECT_TRUE(claim(1).empty());
  const auto second = exchange(1, {retry(first.claims[0], Outcome::not_sent, 0ms)});
  EXPECT_TRUE(second.more_due);
  EXPECT_EQ(claim(1), (References{"a"}));
}

TEST_F(Records, SomeOutcomesCostNothing) {
  struct Case {
    Outcome outcome;
    Cost cost;
    const char* attempts;
  };
  for (const auto& [outcome, cost, attempts] : {Case{Outcome::not_sent, Cost::by_outcome, "0"},
                                                Case{Outcome::unauthorized, Cost::by_outcome, "0"},
                                                Case{Outcome::unavailable, Cost::none, "0"},
                                                Case{Outcome::unavailable, Cost::by_outcome, "1"},
                                                Case{Outcome::unknown, Cost::by_outcome, "2"},
                                                Case{Outcome::throttled, Cost::by_outcome, "3"}}) {
    if (state("a") == "none") {
      producer_.insert("a", 1);
    }
    const auto result = exchange(1);
    ASSERT_EQ(result.claims.size(), 1U);
    auto closing = retry(result.claims[0], outcome, 1ms);
    closing.cost = cost;
    (void)exchange(0, {closing});
    EXPECT_EQ(field("attempts", "a"), attempts) << policy::to_string(outcome);
    now_ += 1ms;
  }
}

TEST_F(Records, NotSentDoesNotHideThatTheOneBeforeIsUnknown) {
  producer_.insert("a", 1);
  const auto first = exchange(1);
  (void)exchange(0, {retry(first.claims[0], Outcome::unknown, 0ms)});
  const auto second = exchange(1);
  (void)exchange(0, {retry(second.claims[0], Outcome::not_sent, 0ms)});
  const auto third = exchange(1);
  EXPECT_EQ(third.claims[0].previous, Outcome::unknown);
  EXPECT_EQ(third.claims[0].attempts, 2);
  EXPECT_EQ(third.claims[0].tries, 3);
}

TEST_F(Records, AWithdrawnAttemptLeavesNoTrace) {
  producer_.insert("a", 1);
  const auto first = exchange(1);
  auto closing = retry(first.claims[0], Outcome::not_sent, 1ms);
  closing.cost = Cost::withdrawn;
  (void)exchange(0, {closing});
  EXPECT_EQ(producer_.number("SELECT count(*) FROM attempt"), 0);
  EXPECT_EQ(field("attempts", "a"), "0");
  now_ += 1ms;
  EXPECT_EQ(exchange(1).claims.at(0).attempt.number, 1);
}

TEST_F(Records, AResendIsAnAttemptOfItsOwnAndCostsNone) {
  producer_.insert("a", 1);
  producer_.insert("b", 1);
  const auto first = exchange(2);
  Closing closing = retry(first.claims[0], Outcome::unauthorized, 0ms);
  closing.next = policy::Resend{};
  const auto again = exchange(2, {closing});
  EXPECT_TRUE(again.claims.empty()) << "the customer is still busy";
  ASSERT_EQ(again.resends.size(), 1U);
  EXPECT_EQ(again.resends[0], (AttemptKey{first.claims[0].attempt.rfi, 2}));
  EXPECT_EQ(
      producer_.text(
          "SELECT body_sha256 || body_bytes || fields || version FROM attempt WHERE number = 1"),
      producer_.text(
          "SELECT body_sha256 || body_bytes || fields || version FROM attempt WHERE number = 2"));
  EXPECT_EQ(state("a"), "submitting");
  Claim resent = first.claims[0];
  resent.attempt = again.resends[0];
  EXPECT_EQ(references(exchange(2, {accepted(resent)})), (References{"b"}));
  EXPECT_EQ(field("attempts", "a"), "1");
}

TEST_F(Records, AConfirmedAttemptHasNoBody) {
  producer_.insert("a", 1);
  const auto first = exchange(1);
  auto closing = accepted(first.claims[0]);
  closing.outcome = Outcome::confirmed;
  (void)exchange(0, {closing});
  EXPECT_EQ(
      producer_.text("SELECT coalesce(body_sha256, body_bytes, fields, 'nothing') FROM attempt"),
      "nothing");
  EXPECT_EQ(field("attempts", "a"), "0");
}

TEST_F(Records, AFailedRowSaysWhyAndIsTallied) {
  producer_.insert("a", 1);
  const auto first = exchange(1);
  auto closing = accepted(first.claims[0]);
  closing.outcome = Outcome::rejected;
  closing.next = policy::Finish{policy::RfiState::failed, policy::Failure::rejected, "HTTP 422"};
  (void)exchange(0, {closing});
  EXPECT_EQ(field("state || ' ' || failure || ' ' || detail", "a"), "failed rejected HTTP 422");
  EXPECT_EQ(producer_.number("SELECT count FROM tally WHERE failure = 'rejected'"), 1);
  Producer(path()).must("DELETE FROM rfi");
  EXPECT_EQ(producer_.number("SELECT count FROM tally WHERE failure = 'rejected'"), 0);
}

TEST_F(Records, ARetriedRowCountsAnewAndItsNumbersGoOn) {
  producer_.insert("a", 1);
  const auto first = exchange(1);
  auto closing = accepted(first.claims[0]);
  closing.outcome = Outcome::rejected;
  closing.next = policy::Finish{policy::RfiState::failed, policy::Failure::rejected, "HTTP 422"};
  (void)exchange(0, {closing});
  now_ += 1s;
  Producer(path(), TrustedSchema::on, Triggers::off)
      .must(fmt::format("UPDATE rfi SET state = 'pending', failure = NULL, attempts = 0, "
                        "finished_at = NULL, retried_at = {}",
                        policy::unix_ms(now_)));
  const auto second = exchange(1);
  ASSERT_EQ(second.claims.size(), 1U);
  EXPECT_EQ(second.claims[0].attempt.number, 2);
  EXPECT_EQ(second.claims[0].attempts, 1);
  EXPECT_EQ(second.claims[0].tries, 1);
  EXPECT_EQ(second.claims[0].rejections, 0);
  EXPECT_EQ(second.claims[0].waited_since, now_);
  EXPECT_EQ(second.claims[0].previous, Outcome::rejected);
}

TEST_F(Records, OnlyAnOpenAttemptIsClosed) {
  producer_.insert("a", 1);
  const auto first = exchange(1);
  (void)exchange(0, {accepted(first.claims[0])});
  EXPECT_THROW((void)exchange(0, {accepted(first.claims[0])}), std::logic_error);
}

TEST_F(Records, NothingIsWrittenWhenThereIsNothingToDo) {
  producer_.insert("later", 1, ", not_before", ", " + std::to_string(policy::unix_ms(now_ + 1h)));
  (void)exchange(5);
  const auto before = producer_.number("PRAGMA data_version");
  (void)exchange(5);
  (void)exchange(0);
  EXPECT_EQ(producer_.number("PRAGMA data_version"), before);
}

TEST_F(Records, ACrashLeavesAttemptsThatAreClosedAsUnknown) {
  for (int i = 0; i < 3; ++i) {
    producer_.insert(fmt::format("r{}", i), 1 + i / 2);
  }
  EXPECT_EQ(claim(5), (References{"r0", "r2"}));
  restart();
  const auto recovered = store().recover(now_ + 1s);
  ASSERT_EQ(recovered.size(), 2U);
  EXPECT_EQ(recovered[0].reference, "r0");
  EXPECT_EQ(recovered[0].customer_id, customer(1));
  EXPECT_EQ(
      producer_.number(
          "SELECT count(*) FROM attempt WHERE outcome = 'unknown' AND finished_at IS NOT NULL"),
      2);
  EXPECT_EQ(state("r0"), "pending");
  EXPECT_TRUE(store().recover(now_).empty());
  now_ += 2s;
  const auto again = exchange(5);
  EXPECT_EQ(references(again), (References{"r0", "r2"}));
  EXPECT_EQ(again.claims[0].previous, Outcome::unknown);
  EXPECT_EQ(again.claims[0].attempts, 2);
}

TEST_F(Records, ALockedQueueLosesNothing) {
  producer_.insert("a", 1);
  producer_.insert("b", 2);
  auto impatient = options();
  impatient.busy_timeout = 1ms;
  store_ = std::make_unique<Store>(std::move(impatient));
  const auto first = exchange(1);
  producer_.must("BEGIN IMMEDIATE");
  EXPECT_THROW((void)exchange(1, {accepted(first.claims[0])}), SqliteError);
  producer_.must("COMMIT");
  EXPECT_EQ(references(exchange(1, {accepted(first.claims[0])})), (References{"b"}));
  EXPECT_EQ(state("a"), "submitted");
}

TEST_F(Records, NoPlantedTriggerFiresInTheDaemon) {
  producer_.insert("a", 1);
  (void)store();
  producer_.must(
      "CREATE TABLE spy (x); CREATE TRIGGER planted AFTER UPDATE ON rfi BEGIN INSERT INTO spy "
      "VALUES (NEW.state); END");
  producer_.must("UPDATE rfi SET priority = 1");
  EXPECT_EQ(producer_.number("SELECT count(*) FROM spy"), 1) << "it does fire for others";
  Producer(path(), TrustedSchema::on, Triggers::off).must("UPDATE rfi SET priority = 2");
  (void)exchange(1);
  EXPECT_EQ(producer_.number("SELECT count(*) FROM spy"), 1);
}

TEST_F(Records, AnAlteredSchemaEndsClaimsButNotRecords) {
  producer_.insert("a", 1);
  producer_.insert("b", 2);
  const auto first = exchange(1);
  producer_.must("DROP INDEX rfi_line; CREATE VIEW v AS SELECT 1");
  const auto result = exchange(1, {accepted(first.claims[0])});
  EXPECT_TRUE(result.claims.empty());
  EXPECT_TRUE(result.next_due.has_value()) << "the queue does not look empty";
  EXPECT_EQ(state("a"), "submitted");
  EXPECT_NE(store().trouble().value_or("").find("altered"), std::string::npos);
  restart();
  EXPECT_TRUE(claim(1).empty()) << "it is seen at a start too";
  producer_.must("DROP VIEW v");
  producer_.must(
      "CREATE INDEX rfi_line ON rfi (priority DESC, ifnull(deadline, 9223372036854775807), id)\n"
      "  WHERE state = 'pending' AND waiting_for IS NULL");
  producer_.must("ANALYZE");
  EXPECT_EQ(claim(1), (References{"b"}));
  EXPECT_FALSE(store().trouble().has_value());
}

TEST_F(Records, ItSeesTheCommitsOfOthersOnly) {
  (void)exchange(1);
  EXPECT_EQ(store().changed_by_others(), Sight::unchanged);
  producer_.insert("a", 1);
  EXPECT_EQ(store().changed_by_others(), Sight::changed);
  EXPECT_EQ(store().changed_by_others(), Sight::unchanged);
  (void)exchange(1);
  EXPECT_EQ(store().changed_by_others(), Sight::unchanged);
}

TEST_F(Records, ItDoesNotWaitForALockToSeeThem) {
  (void)exchange(1);
  producer_.must("BEGIN EXCLUSIVE");
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(store().changed_by_others(), Sight::locked);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds{500});
  producer_.must("ROLLBACK");
  EXPECT_EQ(store().changed_by_others(), Sight::unchanged);
}

/// The commit is in the file although the caller was told that it failed: as after an I/O error in
/// COMMIT.
TEST_F(Records, ADoubtfulCommitIsClearedUp) {
  producer_.insert("a", 1);
  producer_.insert("b", 2);
  producer_.insert("c", 3);
  const auto first = exchange(2);
  ASSERT_EQ(first.claims.size(), 2U);
  Closing resend = retry(first.claims[1], Outcome::unauthorized, 0ms);
  resend.next = policy::Resend{};
  const std::vector<Closing> closings{accepted(first.claims[0]), resend};
  // A second store does what the lost commit did: closes a, sends b again, claims c.
  Producer lost(path(), TrustedSchema::on, Triggers::off);
  lost.must("UPDATE attempt SET finished_at = 5, outcome = 'accepted' WHERE rfi_id = 1");
  lost.must("UPDATE rfi SET state = 'submitted', finished_at = 5 WHERE id = 1");
  lost.must("UPDATE attempt SET finished_at = 5, outcome = 'unauthorized' WHERE rfi_id = 2");
  lost.must(
      "INSERT INTO attempt (rfi_id, number, started_at, version, policy_sha256) VALUES (2, 2, 5, "
      "'', ''), (3, 1, 5, '', '')");
  lost.must("UPDATE rfi SET state = 'submitting', attempts = 1 WHERE id = 3");
  store().doubt_last_commit();
  const auto result = exchange(2, closings);
  ASSERT_EQ(result.resends.size(), 1U);
  EXPECT_EQ(result.resends[0].number, 2);
  EXPECT_EQ(producer_.text("SELECT outcome FROM attempt WHERE rfi_id = 3 AND number = 1"),
            "not_sent");
  const auto later = exchange(2);
  const auto claims = result.claims.empty() ? references(later) : references(result);
  EXPECT_EQ(claims, (References{"c"}));
  EXPECT_EQ(field("attempts", "c"), "1");
  EXPECT_EQ(producer_.number("SELECT count(*) FROM attempt WHERE rfi_id = 2"), 2);
}

}  // namespace
}  // namespace rfi::queue::test
