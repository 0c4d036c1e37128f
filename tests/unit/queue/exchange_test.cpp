// What an exchange carries besides outcomes and claims: doubt, confirmations, refunds, the retry
// budget, a clock that was set.
#include "unit/queue/store_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace rfi::queue::test {
namespace {

using policy::Outcome;
using References = std::vector<std::string>;
using Exchanges = StoreTest;

TEST_F(Exchanges, AClaimTellsWhatTheRfiAsksFor) {
  producer_.insert("a", 1);
  EXPECT_EQ(exchange(1).claims.at(0).requested, "[\"proof_of_address\"]");
}

TEST_F(Exchanges, AClaimIsInDoubtOnceAnAttemptMayHaveLanded) {
  struct Case {
    Outcome outcome;
    Doubt doubt;
  };
  int row = 0;
  for (const auto& [outcome, doubt] : {Case{Outcome::unknown, Doubt::may_have_landed},
                                       Case{Outcome::unavailable, Doubt::may_have_landed},
                                       Case{Outcome::throttled, Doubt::none},
                                       Case{Outcome::not_sent, Doubt::none},
                                       Case{Outcome::unauthorized, Doubt::none}}) {
    SCOPED_TRACE(policy::to_string(outcome));
    ++row;
    producer_.insert(fmt::format("r{}", row), row);
    const auto first = exchange(1);
    ASSERT_EQ(first.claims.size(), 1U);
    EXPECT_EQ(first.claims[0].doubt, Doubt::none);
    (void)exchange(0, {retry(first.claims[0], outcome, 0ms)});
    const auto second = exchange(1);
    ASSERT_EQ(second.claims.size(), 1U);
    EXPECT_EQ(second.claims[0].doubt, doubt);
    // A later attempt that certainly did not land takes nothing back.
    (void)exchange(0, {retry(second.claims[0], Outcome::throttled, 0ms)});
    const auto third = exchange(1);
    ASSERT_EQ(third.claims.size(), 1U);
    EXPECT_EQ(third.claims[0].doubt, doubt);
    (void)exchange(0, {accepted(third.claims[0])});
  }
}

TEST_F(Exchanges, ARecoveredRowIsInDoubtAndAnOperatorsRetryKeepsIt) {
  producer_.insert("a", 1);
  (void)exchange(1);
  restart();
  (void)store().recover(now_);
  EXPECT_EQ(exchange(1).claims.at(0).doubt, Doubt::may_have_landed);
  restart();
  (void)store().recover(now_);
  Producer(path(), TrustedSchema::on, Triggers::off)
      .must(fmt::format("UPDATE rfi SET attempts = 0, retried_at = {}", policy::unix_ms(now_)));
  EXPECT_EQ(exchange(1).claims.at(0).doubt, Doubt::may_have_landed);
}

TEST_F(Exchanges, AConfirmationIsARowOfItsOwnBehindTheRefusal) {
  producer_.insert("a", 1);
  producer_.insert("next", 1);
  const auto first = exchange(1);
  auto closing = accepted(first.claims[0]);
  closing.outcome = Outcome::rejected;
  closing.http_status = 409;
  closing.confirmation = Confirmation{now_ + 1s, 200};
  EXPECT_EQ(references(exchange(1, {closing})), (References{"next"}));
  EXPECT_EQ(state("a"), "submitted");
  EXPECT_EQ(
      producer_.text("SELECT group_concat(number || ' ' || outcome || ' ' || http_status || "
                     "' ' || ifnull(body_sha256, 'none'), '; ') FROM attempt WHERE rfi_id = 1"),
      "1 rejected 409 hash of a; 2 confirmed 200 none");
  EXPECT_EQ(producer_.number("SELECT started_at = finished_at FROM attempt WHERE outcome = "
                             "'confirmed'"),
            1);
}

TEST_F(Exchanges, ARefundGivesBackWhatTheDestinationCost) {
  producer_.insert("a", 1);
  producer_.insert("b", 2);
  const auto first = exchange(2);
  (void)exchange(0, {retry(first.claims[0], Outcome::unavailable, 1min)});
  EXPECT_EQ(field("attempts", "a"), "1");
  Exchange refund{.closings = {}, .claim_limit = 0, .now = now_};
  refund.refunds = {RfiId{1}, RfiId{2}, RfiId{99}};
  (void)store().exchange(refund);
  EXPECT_EQ(field("attempts", "a"), "0");
  EXPECT_EQ(field("attempts", "b"), "1") << "it is under way, and its own closing decides";
  (void)store().exchange(refund);
  EXPECT_EQ(field("attempts", "a"), "0") << "never below nothing";
}

TEST_F(Exchanges, ARefundInTheExchangeThatReturnsTheRowCounts) {
  producer_.insert("a", 1);
  const auto first = exchange(1);
  Exchange both{.closings = {retry(first.claims[0], Outcome::unavailable, 1min)},
                .claim_limit = 0,
                .now = now_};
  both.refunds = {RfiId{1}};
  (void)store().exchange(both);
  EXPECT_EQ(field("attempts", "a"), "0");
}

TEST_F(Exchanges, TheRetryBudgetHoldsBackRowsThatWereSentBefore) {
  constexpr int kRows = 6;
  for (int i = 0; i < kRows; ++i) {
    producer_.insert(fmt::format("old{}", i), i);
  }
  const auto first = exchange(kRows);
  std::vector<Closing> closings;
  for (const Claim& claim : first.claims) {
    closings.push_back(retry(claim, Outcome::unavailable, 0ms));
  }
  (void)exchange(0, std::move(closings));
  producer_.insert("new0", 50);
  producer_.insert("new1", 51);
  now_ += 1s;
  Exchange limited{.closings = {}, .claim_limit = 10, .now = now_};
  limited.retry_limit = 2;
  limited.retry_pause = 10s;
  const auto result = store().exchange(limited);
  const auto claimed = references(result);
  EXPECT_EQ(std::ranges::count_if(claimed, [](const auto& r) { return r.starts_with("old"); }), 2);
  EXPECT_EQ(std::ranges::count_if(claimed, [](const auto& r) { return r.starts_with("new"); }), 2);
  ASSERT_TRUE(result.next_due.has_value());
  EXPECT_GE(*result.next_due, now_ + 10s);
  EXPECT_FALSE(result.more_due);
  // Not all at once, and none later than twice the pause.
  EXPECT_EQ(producer_.number("SELECT count(DISTINCT next_attempt_at) FROM rfi WHERE state = "
                             "'pending'"),
            kRows - 2);
  now_ += 20s;
  EXPECT_EQ(exchange(10).claims.size(), static_cast<std::size_t>(kRows - 2));
}

TEST_F(Exchanges, ARowHeldBackByTheBudgetDoesNotHoldUpItsCustomer) {
  producer_.insert("old", 1);
  const auto first = exchange(1);
  (void)exchange(0, {retry(first.claims[0], Outcome::unavailable, 0ms)});
  producer_.insert("new", 1);
  now_ += 1s;
  Exchange limited{.closings = {}, .claim_limit = 10, .now = now_};
  limited.retry_limit = 0;
  limited.retry_pause = 10s;
  EXPECT_EQ(references(store().exchange(limited)), (References{"new"}));
}

class ClockSet : public StoreTest, public ::testing::WithParamInterface<int> {};

TEST_P(ClockSet, KeepsWaitsOfOurOwnMakingAsLongAsBefore) {
  const std::chrono::hours shift(GetParam());
  const auto not_before = now_ + 48h;
  producer_.insert("waits", 1);
  producer_.insert("later", 2, ", not_before", ", " + std::to_string(policy::unix_ms(not_before)));
  const auto first = exchange(1);
  (void)exchange(0, {retry(first.claims[0], Outcome::unavailable, 10min)});
  now_ += 4min + shift;
  Exchange set{.closings = {}, .claim_limit = 5, .now = now_};
  set.clock_shift = shift;
  EXPECT_TRUE(store().exchange(set).claims.empty());
  EXPECT_EQ(field("next_attempt_at", "waits"), std::to_string(policy::unix_ms(now_ + 6min)));
  EXPECT_EQ(field("not_before", "later"), std::to_string(policy::unix_ms(not_before)))
      << "a producer's time is the wall clock's";
  now_ += 6min;
  EXPECT_EQ(claim(1), (References{"waits"}));
}

INSTANTIATE_TEST_SUITE_P(AnHourAndADay, ClockSet, ::testing::Values(-24, -1, 1, 24));

TEST_F(Exchanges, AClockSetForwardDoesNotMakeRowsOld) {
  limits_.give_up_after = 72h;
  producer_.insert("a", 1);
  (void)store();
  now_ += 100h;
  Exchange set{.closings = {}, .claim_limit = 0, .now = now_};
  set.clock_shift = 100h;
  (void)store().exchange(set);
  const auto result = exchange(1);
  EXPECT_TRUE(result.refused.empty());
  EXPECT_EQ(references(result), (References{"a"}));
  restart();
  (void)store().recover(now_);
  EXPECT_EQ(references(exchange(1)), (References{"a"})) << "a restart remembers it";
}

TEST_F(Exchanges, WhatAFailedExchangeCarriedIsCarriedAgain) {
  auto impatient = options();
  impatient.busy_timeout = 1ms;
  store_ = std::make_unique<Store>(std::move(impatient));
  producer_.insert("a", 1);
  const auto first = exchange(1);
  Exchange all{.closings = {retry(first.claims[0], Outcome::unavailable, 10min)},
               .claim_limit = 1,
               .now = now_};
  all.refunds = {RfiId{1}};
  all.destination_unfit = true;
  producer_.must("BEGIN IMMEDIATE");
  EXPECT_THROW((void)store().exchange(all), SqliteError);
  producer_.must("COMMIT");
  (void)store().exchange(all);
  EXPECT_EQ(field("attempts", "a"), "0");
  EXPECT_EQ(producer_.number("SELECT count(*) FROM unfit_period WHERE ended_at IS NULL"), 1);
}

TEST_F(Exchanges, AProbeSeesARowThatWasNeverTriedBehindALongHead) {
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
  EXPECT_TRUE(references(store().exchange(probe)) == std::vector<std::string>{"fresh"});
}

}  // namespace
}  // namespace rfi::queue::test
