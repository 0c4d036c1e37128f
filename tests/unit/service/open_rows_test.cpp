#include "rfi/service/open_rows.hpp"

#include "unit/service/claims.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace rfi::test {
namespace {

using service::OpenRow;
using service::OpenRows;
using service::Sending;

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
  rows.came_back();
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
  rows.came_back();
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

}  // namespace
}  // namespace rfi::test
