#include "rfi/policy/timeline.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace rfi::policy {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr UtcTime kStart = utc_from_unix_ms(1'800'000'000'000);

/// Both clocks of a machine; `set` is how far its wall clock was set from the start.
struct Machine {
  Timeline timeline;
  milliseconds passed{1'000'000};
  milliseconds set{0};

  Timeline::Reading read() { return timeline.read(kStart + passed + set, passed); }
  [[nodiscard]] UtcTime undisturbed() const { return kStart + passed; }
};

TEST(Timeline, FollowsAClockThatIsKeptRightInSmallSteps) {
  Machine machine;
  for (int step = 0; step < 100; ++step) {
    machine.passed += seconds{60};
    machine.set += milliseconds{400};
    const auto reading = machine.read();
    EXPECT_FALSE(reading.disputed);
    EXPECT_EQ(reading.now, machine.undisturbed() + machine.set);
    EXPECT_EQ(reading.shift, milliseconds{0});
  }
}

TEST(Timeline, HoldsItsTimeUntilAJumpHasHeld) {
  for (const milliseconds jump : {milliseconds{hours{24}}, milliseconds{-hours{24}}}) {
    Machine machine;
    (void)machine.read();
    machine.set = jump;
    auto reading = machine.read();
    EXPECT_TRUE(reading.disputed);
    EXPECT_EQ(reading.now, machine.undisturbed());
    EXPECT_EQ(reading.settles_at, machine.passed + seconds{10});
    machine.passed += milliseconds{9'999};
    reading = machine.read();
    EXPECT_TRUE(reading.disputed);
    EXPECT_EQ(reading.shift, milliseconds{0});
    machine.passed += milliseconds{1};
    reading = machine.read();
    EXPECT_FALSE(reading.disputed);
    EXPECT_EQ(reading.now, machine.undisturbed() + jump);
    EXPECT_EQ(reading.shift, jump);
    EXPECT_EQ(machine.read().shift, milliseconds{0});
  }
}

TEST(Timeline, ForgetsAJumpThatIsTakenBack) {
  Machine machine;
  (void)machine.read();
  machine.set = hours{24};
  EXPECT_TRUE(machine.read().disputed);
  machine.passed += seconds{8};
  machine.set = milliseconds{0};
  const auto reading = machine.read();
  EXPECT_FALSE(reading.disputed);
  EXPECT_EQ(reading.now, machine.undisturbed());
  EXPECT_EQ(reading.shift, milliseconds{0});
}

TEST(Timeline, WaitsAnewForAClockThatJumpsAgain) {
  Machine machine;
  (void)machine.read();
  machine.set = hours{24};
  EXPECT_TRUE(machine.read().disputed);
  machine.passed += seconds{8};
  machine.set = hours{2};
  EXPECT_EQ(machine.read().settles_at, machine.passed + seconds{10});
  machine.passed += seconds{10};
  EXPECT_EQ(machine.read().shift, milliseconds{hours{2}});
}

}  // namespace
}  // namespace rfi::policy
