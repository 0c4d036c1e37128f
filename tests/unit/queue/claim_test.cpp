// Which rows are claimed, and in which order.
#include "unit/queue/store_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace rfi::queue::test {
namespace {

using References = std::vector<std::string>;
using Claims = StoreTest;

std::string ms(UtcTime time) {
  return std::to_string(policy::unix_ms(time));
}

TEST_F(Claims, GoByPriorityThenNearestDeadlineThenArrival) {
  producer_.insert("third", 1);
  producer_.insert("fourth", 2);
  producer_.insert("second", 3, ", deadline", ", " + ms(now_ + 1h));
  producer_.insert("first", 4, ", priority", ", 5");
  producer_.insert("fifth", 5, ", priority", ", -9223372036854775807");
  EXPECT_EQ(claim(10), (References{"first", "second", "third", "fourth", "fifth"}));
}

TEST_F(Claims, TellWhatTheAuditHolds) {
  producer_.insert(
      "a", 1, ", not_before, deadline", fmt::format(", {}, {}", ms(now_ + 1min), ms(now_ + 1h)));
  now_ += 2min;
  const auto result = exchange(1);
  ASSERT_EQ(result.claims.size(), 1U);
  const Claim& claimed = result.claims.front();
  EXPECT_EQ(claimed.attempt.number, 1);
  EXPECT_EQ(claimed.customer_id, customer(1));
  EXPECT_EQ(claimed.prepared.body, "{\"reference\":\"a\"}");
  EXPECT_EQ(claimed.started_at, now_);
  EXPECT_EQ(claimed.waited_since, now_ - 1min);
  EXPECT_EQ(claimed.deadline, now_ + 58min);
  EXPECT_EQ(claimed.attempts, 1);
  EXPECT_EQ(claimed.tries, 1);
  EXPECT_FALSE(claimed.previous.has_value());
  EXPECT_EQ(state("a"), "submitting");
  EXPECT_EQ(
      producer_.text(
          "SELECT concat FROM (SELECT number || ' ' || started_at || ' ' || body_sha256 || ' ' || "
          "body_bytes || ' ' || fields || ' ' || version || ' ' || policy_sha256 || ' ' || "
          "ifnull(finished_at, 'open') AS concat FROM attempt)"),
      fmt::format("1 {} hash of a 17 [\"proof_of_address.files\",\"with \\\"quotes\\\"\"] 1.2.3 "
                  "policy open",
                  ms(now_)));
}

TEST_F(Claims, OneSlotInEightGoesToTheOldestRow) {
  const auto old = now_ - 1h;
  for (int i = 0; i < 3; ++i) {
    producer_.insert(fmt::format("old{}", i),
                     i,
                     ", created_at, priority",
                     fmt::format(", {}, -1", ms(old + i * 1s)));
  }
  for (int i = 0; i < 40; ++i) {
    producer_.insert(fmt::format("urgent{}", i), 100 + i, ", priority", ", 9");
  }
  const auto claimed = claim(17);
  ASSERT_EQ(claimed.size(), 17U);
  EXPECT_EQ(claimed[7], "old0");
  EXPECT_EQ(claimed[15], "old1");
  EXPECT_EQ(std::ranges::count_if(claimed, [](const auto& r) { return r.starts_with("old"); }), 2);
}

TEST_F(Claims, OneByOneAgeAsWell) {
  producer_.insert("old", 1, ", created_at, priority", fmt::format(", {}, -1", ms(now_ - 1h)));
  References claimed;
  for (int i = 0; i < 9; ++i) {
    producer_.insert(fmt::format("urgent{}", i), 100 + i, ", priority", ", 9");
    const auto one = claim(1);
    claimed.insert(claimed.end(), one.begin(), one.end());
  }
  EXPECT_EQ(std::ranges::find(claimed, "old") - claimed.begin(), 7);
}

TEST_F(Claims, NeverTwoRowsOfOneCustomerWhateverTheCase) {
  producer_.must(
      fmt::format("INSERT INTO rfi (reference, customer_id, requested, documents) VALUES "
                  "('a', 'ABCDEF00-0000-4000-8000-000000000001', '[]', '{{}}'), "
                  "('b', 'abcdef00-0000-4000-8000-000000000001', '[]', '{{}}'), "
                  "('c', '{}', '[]', '{{}}')",
                  customer(2)));
  const auto first = exchange(10);
  EXPECT_EQ(references(first), (References{"a", "c"}));
  EXPECT_EQ(field("waiting_for", "b"), "customer");
  EXPECT_TRUE(claim(10).empty());
  EXPECT_EQ(references(exchange(10, {accepted(first.claims[0])})), (References{"b"}));
}

TEST_F(Claims, OfAFreedCustomerGoByPriorityAndAtOnce) {
  producer_.insert("open", 1, ", priority", ", 9");
  const auto open = exchange(1);
  producer_.insert("low", 1);
  producer_.insert("high", 1, ", priority", ", 5");
  EXPECT_TRUE(claim(10).empty());
  EXPECT_EQ(references(exchange(10, {accepted(open.claims[0])})), (References{"high"}));
  EXPECT_EQ(field("waiting_for", "low"), "customer");
}

TEST_F(Claims, OfACustomerGoOnWhenTheRowBroughtInIsCancelled) {
  producer_.insert("open", 1);
  const auto open = exchange(1);
  producer_.insert("next", 1);
  producer_.insert("last", 1);
  EXPECT_TRUE(claim(10).empty());
  (void)exchange(0, {accepted(open.claims[0])});
  producer_.must(
      "UPDATE rfi SET state = 'cancelled' WHERE reference = 'next' AND state = 'pending'");
  const auto result = exchange(10);
  EXPECT_TRUE(result.more_due);
  EXPECT_EQ(claim(10), (References{"last"}));
  ASSERT_EQ(result.cancelled.size(), 1U);
  EXPECT_EQ(result.cancelled[0].reference, "next");
  EXPECT_NE(field("finished_at", "next"), "NULL");
}

TEST_F(Claims, OfACustomerGoOnEvenIfTheReleaseWasLost) {
  producer_.insert("a", 1);
  producer_.insert("b", 1);
  // What no statement of ours leaves behind: everybody waits for a customer who has no open row.
  Producer(path(), TrustedSchema::on, Triggers::off)
      .must("UPDATE rfi SET waiting_for = 'customer'");
  EXPECT_TRUE(claim(1).empty());
  EXPECT_EQ(claim(1), (References{"a"}));
}

TEST_F(Claims, WaitForNotBefore) {
  producer_.insert("later", 1, ", not_before", ", " + ms(now_ + 1min));
  const auto result = exchange(10);
  EXPECT_TRUE(result.claims.empty());
  EXPECT_FALSE(exchange(10).more_due);
  EXPECT_EQ(exchange(10).next_due, now_ + 1min);
  EXPECT_EQ(field("waiting_for", "later"), "time");
  now_ += 1min - 1ms;
  EXPECT_TRUE(claim(10).empty());
  now_ += 1ms;
  EXPECT_EQ(claim(10), (References{"later"}));
}

TEST_F(Claims, FollowAProducerWhoMovesNotBefore) {
  producer_.insert("sooner", 1, ", not_before", ", " + ms(now_ + 1h));
  producer_.insert("later", 2);
  EXPECT_EQ(exchange(0).more_due, true);
  producer_.must("UPDATE rfi SET not_before = NULL WHERE reference = 'sooner'");
  producer_.must(
      fmt::format("UPDATE rfi SET not_before = {} WHERE reference = 'later'", ms(now_ + 1h)));
  EXPECT_EQ(claim(10), (References{"sooner"}));
  now_ += 1h;
  EXPECT_EQ(claim(10), (References{"later"}));
}

TEST_F(Claims, KeepTheBackoffWhenNotBeforeIsMovedBack) {
  producer_.insert("a", 1);
  const auto first = exchange(1);
  (void)exchange(1, {retry(first.claims[0], policy::Outcome::unavailable, 1min)});
  producer_.must("UPDATE rfi SET not_before = 1");
  EXPECT_TRUE(claim(1).empty());
  now_ += 1min;
  EXPECT_EQ(claim(1), (References{"a"}));
}

TEST_F(Claims, RowsThatBecomeDueTogetherKeepTheirPriority) {
  for (int i = 0; i < 20; ++i) {
    producer_.insert(fmt::format("p{}", i),
                     i,
                     ", priority, not_before",
                     fmt::format(", {}, {}", i, ms(now_ + 1min - i * 1ms)));
  }
  (void)exchange(30);
  now_ += 2min;
  EXPECT_EQ(claim(3), (References{"p19", "p18", "p17"}));
}

TEST_F(Claims, ExpireAtTheDeadlineWhereverTheRowWaits) {
  const auto deadline = ", " + ms(now_ + 1min);
  producer_.insert("open", 1);
  const auto open = exchange(1);
  producer_.insert("behind customer", 1, ", deadline", deadline);
  producer_.insert("behind time", 2, ", deadline, not_before", deadline + deadline);
  (void)exchange(10);
  producer_.insert("in line", 3, ", deadline", deadline);
  now_ += 1min;
  const auto result = exchange(0);
  EXPECT_TRUE(result.claims.empty());
  EXPECT_EQ(result.refused.size(), 3U);
  for (const auto* reference : {"behind customer", "behind time", "in line"}) {
    EXPECT_EQ(state(reference), "failed");
    EXPECT_EQ(field("failure", reference), "expired");
    EXPECT_EQ(field("detail", reference), "its deadline has passed");
    EXPECT_EQ(field("finished_at", reference), ms(now_));
  }
  EXPECT_EQ(producer_.number("SELECT count FROM tally WHERE failure = 'expired'"), 3);
}

TEST_F(Claims, GiveUpByAgeAndByAttempts) {
  limits_ = {.max_attempts = 2, .give_up_after = 1h};
  producer_.insert("old", 1, ", created_at", ", " + ms(now_ - 1h));
  producer_.insert("held back",
                   2,
                   ", created_at, not_before",
                   fmt::format(", {}, {}", ms(now_ - 2h), ms(now_ - 1min)));
  producer_.insert("tried", 3);
  Producer(path(), TrustedSchema::on, Triggers::off)
      .must("UPDATE rfi SET attempts = 2, detail = 'HTTP 503' WHERE reference = 'tried'");
  const auto result = exchange(10);
  EXPECT_EQ(references(result), (References{"held back"}));
  ASSERT_EQ(result.refused.size(), 2U);
  EXPECT_EQ(field("failure", "old"), "expired");
  EXPECT_EQ(field("failure", "tried"), "exhausted");
  EXPECT_EQ(field("detail", "tried"), "retry.max_attempts are used up; last: HTTP 503");
}

TEST_F(Claims, AProbeSeesARowThatWasNeverTriedBehindALongHead) {
  constexpr int kTried = 100;
  for (int i = 1; i <= kTried; ++i) {
    producer_.insert("tried " + std::to_string(i), i);
  }
  std::vector<Closing> closings;
  for (const Claim& claim : exchange(kTried).claims) {
    closings.push_back(retry(claim, policy::Outcome::unknown, 1s));
  }
  ASSERT_EQ(closings.size(), std::size_t{kTried});
  (void)exchange(0, std::move(closings));
  now_ += 2s;
  producer_.insert("fresh", kTried + 1);
  Exchange probe;
  probe.now = now_;
  probe.claim_limit = 1;
  probe.destination_unfit = true;
  EXPECT_TRUE(references(store().exchange(probe)) == References{"fresh"});
}

TEST_F(Claims, AgeStandsStillWhileTheDestinationIsUnfit) {
  limits_.give_up_after = 1h;
  producer_.insert("a", 1);
  Exchange unfit;
  unfit.now = now_;
  unfit.destination_unfit = true;
  (void)store().exchange(unfit);
  now_ += 10h;
  restart();  // the periods survive it
  const auto result = exchange(1);
  ASSERT_EQ(references(result), (References{"a"}));
  EXPECT_GT(result.claims[0].waited_since, now_ - 1min);
  producer_.insert("b", 2, ", created_at", ", " + ms(now_ - 11h - 1min));
  EXPECT_EQ(exchange(1).refused.size(), 1U);
}

TEST_F(Claims, AWaitLastsAsLongAsBeforeWhenTheClockIsSet) {
  for (const std::chrono::milliseconds shift : {24h, -24h}) {
    SCOPED_TRACE(shift.count());
    producer_.insert(shift > 0h ? "a" : "b", shift > 0h ? 1 : 2);
    auto claims = exchange(1).claims;
    ASSERT_EQ(claims.size(), 1U);
    (void)exchange(0, {retry(claims[0], policy::Outcome::unavailable, 60s)});
    now_ += 10s + shift;
    Exchange jumped;
    jumped.now = now_;
    jumped.clock_shift = shift;
    (void)store().exchange(jumped);
    now_ += 49s;
    EXPECT_TRUE(claim(1).empty());
    now_ += 2s;
    claims = exchange(1).claims;
    ASSERT_EQ(claims.size(), 1U);
    (void)exchange(0, {accepted(claims[0])});
  }
}

TEST_F(Claims, AWaitThatEndedInADisputeHasEndedWhenTheClockIsSetBack) {
  producer_.insert("a", 1);
  const auto claims = exchange(1).claims;
  (void)exchange(0, {retry(claims.at(0), policy::Outcome::unavailable, 3s)});
  now_ += 10s - 24h;
  Exchange jumped;
  jumped.now = now_;
  jumped.clock_shift = -24h;
  (void)store().exchange(jumped);
  EXPECT_EQ(claim(1), (References{"a"}));
}

TEST_F(Claims, AgeStandsStillInTheVeryExchangeThatTakesOverAClockSetForward) {
  limits_.give_up_after = 1h;
  producer_.insert("a", 1);
  now_ += 25h;
  Exchange jumped;
  jumped.now = now_;
  jumped.clock_shift = 25h;
  jumped.claim_limit = 1;
  EXPECT_TRUE(store().exchange(jumped).refused.empty());
  EXPECT_EQ(claim(1), (References{"a"}));
}

TEST_F(Claims, AnUnfitPeriodEndsThoughTheClockWasSetBackSinceItBegan) {
  Exchange exchange;
  exchange.now = now_;
  exchange.destination_unfit = true;
  (void)store().exchange(exchange);
  exchange.destination_unfit = false;
  (void)store().exchange(exchange);
  exchange.now = now_ - 2h;
  exchange.destination_unfit = true;
  (void)store().exchange(exchange);
  exchange.now = now_ - 1h;
  exchange.destination_unfit = false;
  (void)store().exchange(exchange);
  EXPECT_EQ(producer_.number("SELECT count(*) FROM unfit_period WHERE ended_at IS NULL"), 0);
}

TEST_F(Claims, AnUnfitPeriodGoesOnInTheTimeThatTheClockWasSetBackTo) {
  limits_.give_up_after = 1h;
  Exchange exchange;
  exchange.destination_unfit = true;
  exchange.now = now_ + 10h;
  (void)store().exchange(exchange);
  exchange.clock_shift = -10h;
  exchange.now = now_;
  (void)store().exchange(exchange);
  producer_.insert("a", 1);
  exchange.clock_shift = 0ms;
  exchange.now = now_ + 5h;
  exchange.claim_limit = 1;
  EXPECT_EQ(references(store().exchange(exchange)), (References{"a"}));
}

TEST_F(Claims, PassOverRowsThatCannotBeSent) {
  producer_.insert("bad", 1, ", priority", ", 5");
  producer_.insert("bad2", 1, ", priority", ", 4");
  producer_.insert("good", 1);
  References claimed;
  for (int i = 0; i < 4; ++i) {
    const auto more = claim(5);
    claimed.insert(claimed.end(), more.begin(), more.end());
  }
  EXPECT_EQ(claimed, (References{"good"}));
  EXPECT_EQ(field("failure", "bad"), "invalid");
  EXPECT_EQ(field("detail", "bad2"), "cannot be sent");
  EXPECT_EQ(producer_.number("SELECT count FROM tally WHERE failure = 'invalid'"), 2);
  EXPECT_EQ(producer_.number("SELECT count(*) FROM attempt"), 1);
}

TEST_F(Claims, NeverTakeARowThatIsCancelledWhileItsBodyIsBuilt) {
  producer_.insert("a", 1);
  producer_.insert("b", 2);
  while_preparing_ = [this](const Candidate& candidate) {
    producer_.must("UPDATE rfi SET state = 'cancelled' WHERE state = 'pending' AND id = " +
                   std::to_string(static_cast<std::int64_t>(candidate.id)) +
                   " AND reference = 'a'");
  };
  const auto result = exchange(10);
  EXPECT_EQ(references(result), (References{"b"}));
  EXPECT_EQ(state("a"), "cancelled");
  EXPECT_EQ(producer_.number("SELECT count(*) FROM attempt"), 1);
}

TEST_F(Claims, SendWhatStandsInTheRowNotWhatStoodThere) {
  producer_.insert("a", 1);
  int calls = 0;
  while_preparing_ = [&](const Candidate&) {
    if (++calls == 1) {
      Producer(path(), TrustedSchema::on, Triggers::off)
          .must("UPDATE rfi SET documents = '{\"new\":1}'");
    }
  };
  EXPECT_TRUE(claim(1).empty());
  const auto result = exchange(1);
  ASSERT_EQ(result.claims.size(), 1U);
  EXPECT_EQ(result.claims[0].prepared.body, "{\"new\":1}");
}

TEST_F(Claims, SayWhetherMoreIsDue) {
  for (int i = 0; i < 3; ++i) {
    producer_.insert(std::to_string(i), i);
  }
  EXPECT_TRUE(exchange(0).more_due);
  EXPECT_TRUE(exchange(2).more_due);
  EXPECT_FALSE(exchange(2).more_due);
  EXPECT_FALSE(exchange(2).next_due.has_value());
}

TEST_F(Claims, PassBytesOnAsTheyAre) {
  Producer other(path());
  sqlite3_stmt* statement = nullptr;
  const auto sql = "INSERT INTO rfi (reference, customer_id, requested, documents) VALUES ('x', '" +
                   customer(1) + "', '[]', ?)";
  ASSERT_EQ(sqlite3_prepare_v2(other.handle(), sql.c_str(), -1, &statement, nullptr), SQLITE_OK);
  const std::string odd("{\0\xff\xfe}", 5);
  sqlite3_bind_text(statement, 1, odd.data(), static_cast<int>(odd.size()), SQLITE_STATIC);
  ASSERT_EQ(sqlite3_step(statement), SQLITE_DONE);
  sqlite3_finalize(statement);
  const auto result = exchange(1);
  ASSERT_EQ(result.claims.size(), 1U);
  EXPECT_EQ(result.claims[0].prepared.body, odd);
}

}  // namespace
}  // namespace rfi::queue::test
