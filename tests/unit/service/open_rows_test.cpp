#include "rfi/service/open_rows.hpp"

#include "unit/service/claims.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <utility>

namespace rfi::test {
namespace {

using service::OpenRow;
using service::OpenRows;
using service::Sending;
using service::Standing;

TEST(OpenRows, HandsOutInOrderUpToTheRoomOnTheWire) {
  OpenRows rows{{.max_in_flight = 2, .max_open = 5}};
  EXPECT_EQ(rows.room(0), 5U);
  EXPECT_FALSE(rows.take_next().has_value());
  rows.add_claims(claims(3));
  EXPECT_EQ(rows.room(0), 2U);
  EXPECT_EQ(rows.take_next()->claim.reference, "rfi-1");
  EXPECT_EQ(rows.take_next()->claim.reference, "rfi-2");
  EXPECT_FALSE(rows.wire_has_room());
  EXPECT_TRUE(rows.has_ready());
  EXPECT_FALSE(rows.take_next().has_value());
  EXPECT_EQ(rows.in_flight(), 2U);
  EXPECT_EQ(rows.open(), 3U);
}

TEST(OpenRows, KeepsARowOpenUntilItsOutcomeIsRecorded) {
  OpenRows rows{{.max_in_flight = 1, .max_open = 1}};
  rows.add_claims(claims(1));
  (void)rows.take_next();
  rows.came_back(Standing::ordinary);
  EXPECT_TRUE(rows.wire_has_room());
  EXPECT_EQ(rows.open(), 1U);
  EXPECT_EQ(rows.room(0), 0U);
  EXPECT_EQ(rows.room(1), 1U) << "the commit that closes it may claim another";
  rows.recorded(1);
  EXPECT_EQ(rows.open(), 0U);
}

TEST(OpenRows, PutsAResendBeforeAllOthers) {
  OpenRows rows{{.max_in_flight = 1, .max_open = 9}};
  rows.add_claims(claims(3));
  auto first = rows.take_next();
  EXPECT_EQ(first->sending, Sending::first);
  rows.came_back(Standing::ordinary);
  rows.add_resend(std::move(*first));
  EXPECT_EQ(rows.open(), 3U);
  const auto again = rows.take_next();
  EXPECT_EQ(again->claim.reference, "rfi-1");
  EXPECT_EQ(again->sending, Sending::resend);
}

TEST(OpenRows, GivesBackOnlyWhatWasNotSent) {
  OpenRows rows{{.max_in_flight = 1, .max_open = 9}};
  rows.add_claims(claims(3));
  (void)rows.take_next();
  EXPECT_EQ(rows.take_unsent().size(), 2U);
  EXPECT_EQ(rows.open(), 3U);
  EXPECT_FALSE(rows.has_ready());
  rows.recorded(2);
  EXPECT_EQ(rows.open(), 1U);
}

TEST(OpenRows, HasNoRoomAfterALimitWasLowered) {
  OpenRows rows{{.max_in_flight = 4, .max_open = 8}};
  rows.add_claims(claims(8));
  rows.set_limits({.max_in_flight = 1, .max_open = 2});
  EXPECT_EQ(rows.room(0), 0U);
  EXPECT_TRUE(rows.take_next().has_value());
  EXPECT_FALSE(rows.take_next().has_value());
}

TEST(OpenRows, SaysWhenTheNextRowIsPastItsDeadline) {
  OpenRows rows{{}};
  const auto now = claim(1).started_at;
  EXPECT_FALSE(rows.next_is_overdue(now));
  auto some = claims(2);
  some[0].deadline = now;
  rows.add_claims(std::move(some));
  EXPECT_FALSE(rows.next_is_overdue(now - std::chrono::milliseconds{1}));
  EXPECT_TRUE(rows.next_is_overdue(now));
  (void)rows.take_next();
  EXPECT_FALSE(rows.next_is_overdue(now));
}

/// These rows hung before.
std::set<queue::RfiId> suspects(std::initializer_list<std::int64_t> ids) {
  std::set<queue::RfiId> rows;
  for (const std::int64_t id : ids) {
    rows.insert(queue::RfiId{id});
  }
  return rows;
}
constexpr std::chrono::milliseconds kUnmoved{0};
constexpr auto kDelivery = service::Purpose::delivery;

TEST(OpenRows, LeavesHalfOfTheWireToThoseThatAnswer) {
  OpenRows rows{{.max_in_flight = 4, .max_open = 99}};
  rows.add_claims(claims(8), kDelivery, kUnmoved, suspects({1, 2, 3, 4, 5}));
  std::string taken;
  while (auto row = rows.take_next()) {
    taken += row->claim.reference + " ";
  }
  EXPECT_EQ(taken, "rfi-1 rfi-2 rfi-6 rfi-7 ");
  rows.came_back(Standing::ordinary);
  EXPECT_EQ(rows.take_next()->claim.reference, "rfi-8");
  rows.came_back(Standing::ordinary);
  EXPECT_TRUE(rows.wire_has_room());
  EXPECT_FALSE(rows.has_ready()) << "of those that wait none may go";
  EXPECT_FALSE(rows.take_next().has_value());
  rows.came_back(Standing::suspect);
  EXPECT_EQ(rows.take_next()->claim.reference, "rfi-3");
}

TEST(OpenRows, HoldsNoProbeBack) {
  OpenRows rows{{.max_in_flight = 1, .max_open = 9}};
  rows.add_claims(claims(1), kDelivery, kUnmoved, suspects({1}));
  ASSERT_TRUE(rows.take_next().has_value());
  rows.set_limits({.max_in_flight = 2, .max_open = 9});
  rows.add_claims(claims(1), service::Purpose::probe, kUnmoved, suspects({1}));
  EXPECT_TRUE(rows.take_next().has_value());
}

TEST(OpenRows, GivesBackSuspectsWhoseTurnIsFar) {
  OpenRows rows{{.max_in_flight = 4, .max_open = 99}};
  rows.add_claims(claims(7), kDelivery, kUnmoved, suspects({1, 2, 3, 4, 6}));
  (void)rows.take_next();
  const auto given_back = rows.take_suspects_without_a_turn();
  ASSERT_EQ(given_back.size(), 2U);
  EXPECT_EQ(given_back.at(0).claim.reference, "rfi-6");
  EXPECT_EQ(given_back.at(1).claim.reference, "rfi-4");
  EXPECT_TRUE(rows.take_suspects_without_a_turn().empty());
  EXPECT_EQ(rows.open(), 7U) << "until they are recorded";
}

TEST(OpenRows, SaysHowManyRowsAreReadyBehindTheWire) {
  OpenRows rows{{.max_in_flight = 2, .max_open = 99}};
  rows.add_claims(claims(6), kDelivery, kUnmoved, suspects({1, 2, 3}));
  EXPECT_EQ(rows.ready_behind_the_wire(), 1U);
  (void)rows.take_next();
  (void)rows.take_next();
  EXPECT_EQ(rows.ready_behind_the_wire(), 2U);
  EXPECT_EQ(rows.ahead_of("rfi-6"), 3U);
  EXPECT_FALSE(rows.ahead_of("rfi-1").has_value());
}

}  // namespace
}  // namespace rfi::test
