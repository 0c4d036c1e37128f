#include "rfi/queue/courtesy.hpp"

#include "unit/queue/store_fixture.hpp"

#include <gtest/gtest.h>

namespace rfi::queue::test {
namespace {

Courtesy::Time at(std::chrono::milliseconds time) {
  return Courtesy::Time{1h + time};
}

TEST(Courtesy, LeavesTheLockFreeForFourTimesAsLongAsItWasHeldWhileOthersWrite) {
  struct Case {
    std::chrono::milliseconds since_others;
    std::chrono::milliseconds held;
    std::chrono::milliseconds pause;
  };
  const std::vector<Case> cases = {{0ms, 3ms, 12ms},
                                   {999ms, 3ms, 12ms},
                                   {1000ms, 3ms, 0ms},
                                   {0ms, 10ms, 20ms},
                                   {0ms, 4000ms, 20ms}};
  for (const Case& each : cases) {
    Courtesy courtesy;
    courtesy.others_committed(at(0ms));
    EXPECT_EQ(courtesy.pause_after(each.held, at(each.since_others)), each.pause);
  }
}

TEST(Courtesy, IsNotOwedToNobody) {
  EXPECT_EQ(Courtesy{}.pause_after(3ms, at(0ms)), 0ms);
}

class CourtesyOfTheStore : public StoreTest {};

TEST_F(CourtesyOfTheStore, BeginsWithACommitOfAnotherProcess) {
  EXPECT_EQ(exchange(1).pause, 0ms);
  producer_.insert("first", 1);
  const auto claimed = exchange(1);
  ASSERT_EQ(claimed.claims.size(), 1U);
  EXPECT_GT(claimed.pause, 0ms) << "somebody has just committed";
}

}  // namespace
}  // namespace rfi::queue::test
