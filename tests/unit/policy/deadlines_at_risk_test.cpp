#include "rfi/policy/deadlines_at_risk.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace rfi::policy {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr UtcTime kNow = utc_from_unix_ms(1'800'000'000'000);

/// Ten rows a second, each at once.
Headway headway() {
  Headway fast;
  fast.now = kNow;
  fast.rate = 10.0;
  return fast;
}

/// `count` rows, due long ago, with deadlines `apart`, the first after `first`.
std::vector<DeadlineRow> rows(int count, milliseconds first, milliseconds apart) {
  std::vector<DeadlineRow> made;
  for (int i = 0; i < count; ++i) {
    made.push_back({"r" + std::to_string(i), kNow + first + i * apart, kNow - hours{1}, 0});
  }
  return made;
}

TEST(DeadlinesAtRisk, NoneWhereTheRateSuffices) {
  // One row every 100 ms, and one deadline every 100 ms from a second on.
  EXPECT_EQ(deadlines_at_risk(rows(1'000, seconds{1}, milliseconds{100}), {}, headway(), 0).count,
            0U);
  EXPECT_FALSE(deadlines_at_risk({}, {}, headway(), 8).nearest.has_value());
}

TEST(DeadlinesAtRisk, AreThoseWhoseTurnComesTooLate) {
  // 100 rows within a second that takes ten of them; the first eleven are sent at 0, 100, ... 1000.
  const auto risk = deadlines_at_risk(rows(100, seconds{1}, milliseconds{0}), {}, headway(), 0);
  EXPECT_EQ(risk.count, 89U);
  ASSERT_TRUE(risk.nearest.has_value());
  EXPECT_EQ(risk.nearest->deadline, kNow + seconds{1});
  EXPECT_EQ(risk.nearest->expected_at, kNow + milliseconds{1'100});
}

TEST(DeadlinesAtRisk, ReckonWithEverythingThatTakesTime) {
  struct Case {
    const char* what;
    Headway headway;
    RowsBefore before;
    std::uint64_t ageing_slots;
    milliseconds deadline;
    bool at_risk;
  };
  Headway still = headway();
  still.standstill = minutes{5};
  Headway slow_answers = headway();
  slow_answers.per_row = seconds{3};
  const std::array cases{
      Case{"nothing in the way", headway(), {}, 8, milliseconds{0}, false},
      Case{"an outage that has lasted five minutes", still, {}, 8, minutes{4}, true},
      Case{"which ends early enough", still, {}, 8, minutes{5}, false},
      Case{"the answer comes too late", slow_answers, {}, 8, seconds{2}, true},
      Case{"the answer comes in time", slow_answers, {}, 8, seconds{3}, false},
      Case{"rows of a higher priority", headway(), {{0, 6'000}}, 0, minutes{9}, true},
      Case{"rows of a higher priority, soon done", headway(), {{0, 6'000}}, 0, minutes{10}, false},
      Case{"and the slots of the oldest", headway(), {{0, 6'000}}, 8, minutes{11}, true},
      Case{"which are one in eight", headway(), {{0, 6'000}}, 8, minutes{12}, false}};
  for (const Case& one : cases) {
    const auto risk = deadlines_at_risk(
        rows(1, one.deadline, milliseconds{0}), one.before, one.headway, one.ageing_slots);
    EXPECT_EQ(risk.count, one.at_risk ? 1U : 0U) << one.what;
  }
}

TEST(DeadlinesAtRisk, ARowThatMustWaitIsInNobodysWay) {
  auto made = rows(50, minutes{1}, milliseconds{0});
  for (DeadlineRow& row : made) {
    row.due_at = kNow + seconds{30};
  }
  made.push_back({"due", kNow + minutes{1} + milliseconds{1}, kNow - hours{1}, 0});
  made.push_back({"never", kNow + hours{1}, kNow + hours{2}, 0});
  const auto risk = deadlines_at_risk(made, {}, headway(), 8);
  EXPECT_EQ(risk.count, 1U);
  EXPECT_EQ(risk.nearest->reference, "never") << "its not_before is behind its deadline";
}

TEST(DeadlinesAtRisk, ARateOfNothingIsNoDivisionByZero) {
  Headway none = headway();
  none.rate = 0.0;
  EXPECT_EQ(deadlines_at_risk(rows(3, hours{24}, milliseconds{0}), {}, none, 8).count, 2U);
  EXPECT_GT(endangered_until(1'000'000'000, none, 8), kNow + hours{24 * 365});
}

TEST(DeadlinesAtRisk, LieWithinWhatTheBacklogEndangers) {
  for (const int count : {1, 10, 500}) {
    for (const auto apart : {milliseconds{0}, milliseconds{50}, milliseconds{110}}) {
      const auto until = endangered_until(static_cast<std::uint64_t>(count), headway(), 8);
      auto all = rows(count, seconds{1}, apart);
      const auto risk = deadlines_at_risk(all, {}, headway(), 8);
      std::erase_if(all, [until](const DeadlineRow& row) { return row.deadline > until; });
      EXPECT_EQ(deadlines_at_risk(all, {}, headway(), 8).count, risk.count);
    }
  }
}

TEST(RiskReports, AreMadeWhenThereIsSomethingNew) {
  using Say = RiskReports::Say;
  struct Look {
    std::size_t at_risk;
    Say say;
  };
  const std::array looks{Look{0, Say::nothing},
                         Look{3, Say::begun},
                         Look{3, Say::nothing},
                         Look{5, Say::nothing},
                         Look{6, Say::grown},
                         Look{7, Say::nothing},
                         Look{0, Say::nothing},
                         Look{1, Say::nothing},
                         Look{0, Say::nothing},
                         Look{0, Say::nothing},
                         Look{0, Say::over},
                         Look{0, Say::nothing},
                         Look{1, Say::begun}};
  RiskReports reports;
  int number = 0;
  for (const Look& look : looks) {
    EXPECT_EQ(reports.look(look.at_risk), look.say) << "look " << number;
    ++number;
  }
}

}  // namespace
}  // namespace rfi::policy
