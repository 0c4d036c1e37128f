// What is said of an older row that waits while a newer one of its customer comes.
#include "rfi/queue/superseded.hpp"

#include "unit/queue/store_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace rfi::queue::test {
namespace {

class Supersedes : public StoreTest {
 protected:
  /// `older < newer` of each pair that an exchange reports.
  static std::vector<std::string> pairs(const ExchangeResult& result) {
    std::vector<std::string> found;
    for (const Superseded& said : result.superseded) {
      EXPECT_EQ(said.customer_id, customer(1));
      found.push_back(said.reference + " < " + said.newer);
    }
    return found;
  }
};

using Pairs = std::vector<std::string>;

TEST_F(Supersedes, AnOpenRowOnce) {
  producer_.insert("old", 1);
  const auto first = exchange(10);
  EXPECT_EQ(pairs(first), Pairs{});
  producer_.insert("new", 1);
  EXPECT_EQ(pairs(exchange(10)), Pairs{"old < new"});
  producer_.insert("newest", 1);
  EXPECT_EQ(pairs(exchange(10)), Pairs{}) << "one line for each older row";
}

TEST_F(Supersedes, ARowThatWaitsForItsNextTry) {
  producer_.insert("old", 1);
  const auto first = exchange(10);
  (void)exchange(10, {retry(first.claims.front(), policy::Outcome::unavailable, 1h)});
  producer_.insert("new", 1);
  const auto second = exchange(10);
  EXPECT_EQ(references(second), Pairs{"new"});
  EXPECT_EQ(pairs(second), Pairs{"old < new"});
}

TEST_F(Supersedes, ARowThatWaitsForItsTime) {
  producer_.insert(
      "old", 1, ", not_before", fmt::format(", {}", policy::unix_ms(now_ + std::chrono::hours{1})));
  (void)exchange(10);
  producer_.insert("new", 1);
  EXPECT_EQ(pairs(exchange(10)), Pairs{"old < new"});
}

TEST_F(Supersedes, NothingWhereNothingWaits) {
  producer_.insert("old", 1);
  const auto first = exchange(10);
  (void)exchange(10, {accepted(first.claims.front())});
  producer_.insert("new", 1);
  EXPECT_EQ(pairs(exchange(10)), Pairs{});
}

TEST_F(Supersedes, ARowThatANewerOneOvertakes) {
  producer_.insert("old", 1);
  producer_.insert("urgent", 1, ", priority", ", 5");
  const auto result = exchange(10);
  EXPECT_EQ(references(result), Pairs{"urgent"});
  EXPECT_EQ(pairs(result), Pairs{"old < urgent"});
}

TEST_F(Supersedes, ARowThatWasCancelledMeanwhileNoMore) {
  producer_.insert("old", 1);
  const auto first = exchange(10);
  (void)exchange(10, {retry(first.claims.front(), policy::Outcome::unavailable, 1h)});
  producer_.must("UPDATE rfi SET state = 'cancelled' WHERE reference = 'old'");
  producer_.insert("new", 1);
  EXPECT_EQ(pairs(exchange(10)), Pairs{});
}

TEST(SupersededRows, KeepTheOldestOfACustomer) {
  SupersededRows rows;
  EXPECT_TRUE(rows.empty());
  rows.waits("a", RfiId{5});
  rows.waits("a", RfiId{3});
  rows.waits("a", RfiId{4});
  EXPECT_EQ(rows.older_than("a", RfiId{9}), RfiId{3});
  EXPECT_EQ(rows.older_than("a", RfiId{3}), std::nullopt);
  EXPECT_EQ(rows.older_than("b", RfiId{9}), std::nullopt);
  rows.reported(RfiId{3});
  EXPECT_EQ(rows.older_than("a", RfiId{9}), std::nullopt);
  rows.moves_on("a", RfiId{3});
  rows.ends(RfiId{3});
  EXPECT_TRUE(rows.empty());
}

}  // namespace
}  // namespace rfi::queue::test
