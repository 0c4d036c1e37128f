#include "rfi/queue/unfit_periods.hpp"

#include <gtest/gtest.h>

namespace rfi::queue::test {
namespace {

policy::UtcTime at(std::int64_t ms) {
  return policy::utc_from_unix_ms(ms);
}

TEST(UnfitPeriods, MoveTheStartOnByTheirLengthWithinTheWait) {
  const UnfitPeriods periods({{at(100), at(200)}, {at(300), at(310)}, {at(500), std::nullopt}});
  struct Case {
    std::int64_t since;
    std::int64_t now;
    std::int64_t moved;
  };
  for (const auto& [since, now, moved] : {Case{0, 50, 0},
                                          Case{0, 100, 0},
                                          Case{0, 150, 50},
                                          Case{0, 250, 100},
                                          Case{150, 250, 200},
                                          Case{150, 400, 210},
                                          Case{200, 400, 210},
                                          Case{320, 400, 320},
                                          Case{320, 600, 420},
                                          Case{550, 600, 600},
                                          Case{0, 600, 210}}) {
    EXPECT_EQ(periods.moved_on(at(since), at(now)), at(moved)) << since << " to " << now;
  }
}

TEST(UnfitPeriods, CountEachMomentOnceThoughTheClockWasSetBack) {
  const UnfitPeriods periods({{at(100), at(900)}, {at(300), at(310)}, {at(500), at(600)}});
  EXPECT_EQ(periods.moved_on(at(0), at(1000)), at(800));
  EXPECT_EQ(periods.moved_on(at(400), at(1000)), at(900));
}

TEST(UnfitPeriods, KnowWhetherOneLasts) {
  EXPECT_FALSE(UnfitPeriods().unfit_now());
  EXPECT_FALSE(UnfitPeriods({{at(1), at(5)}}).unfit_now());
  EXPECT_TRUE(UnfitPeriods({{at(1), at(5)}, {at(7), std::nullopt}}).unfit_now());
}

TEST(UnfitPeriods, KnowThatOneLastsThoughTheClockWasSetBackSinceItBegan) {
  EXPECT_TRUE(UnfitPeriods({{at(1), std::nullopt}, {at(100), at(100)}}).unfit_now());
}

}  // namespace
}  // namespace rfi::queue::test
