// That the simulation is deterministic, and that it sees: each promise is broken once on purpose.
// The seeds themselves are run by rfi-simulation.
#include "simulation/plant.hpp"
#include "simulation/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace rfi::simulation {
namespace {

TEST(Simulation, OneSeedReplaysExactly) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const RunResult first = run_seed(seed);
    const RunResult again = run_seed(seed);
    EXPECT_EQ(first.trace_hash, again.trace_hash) << "seed " << seed;
    EXPECT_EQ(first.steps, again.steps) << "seed " << seed;
    EXPECT_NE(first.trace_hash, run_seed(seed + 1).trace_hash) << "seed " << seed;
  }
}

/// Each has found a defect once.
TEST(Simulation, SeedsThatFoundSomethingStayGood) {
  constexpr std::array<std::uint64_t, 14> kSeeds = {
      3, 29, 100, 110, 166, 553, 943, 2123, 4783, 7063, 7469, 8432, 12879, 20596};
  for (const std::uint64_t seed : kSeeds) {
    const RunResult result = run_seed(seed);
    EXPECT_FALSE(result.breach) << result.breach->text;
  }
}

struct PlantedBug {
  Plant plant;
  Promise breaks;
};

class Planted : public testing::TestWithParam<PlantedBug> {};

TEST_P(Planted, IsSeen) {
  constexpr std::uint64_t kSeeds = 600;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const RunResult result = run_seed(seed, GetParam().plant);
    if (result.breach && result.breach->promise == GetParam().breaks) {
      return;
    }
  }
  FAIL() << "no seed up to " << kSeeds << " saw that it breaks \"" << to_string(GetParam().breaks)
         << '"';
}

std::string name_of(const testing::TestParamInfo<PlantedBug>& planted) {
  const auto* const known = std::ranges::find(kPlants, planted.param.plant, &PlantName::plant);
  std::string name{known->name};
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(
    Bug,
    Planted,
    testing::Values(PlantedBug{Plant::lose_row, Promise::rows_are_kept},
                    PlantedBug{Plant::add_leaf, Promise::only_what_was_asked_leaves},
                    PlantedBug{Plant::send_two_of_a_customer, Promise::one_request_of_a_customer},
                    PlantedBug{Plant::leave_terminal_state, Promise::one_end_for_each_row},
                    PlantedBug{Plant::forget_attempt, Promise::attempt_before_request},
                    PlantedBug{Plant::blame_the_row, Promise::no_row_pays_for_others},
                    PlantedBug{Plant::use_up_attempts, Promise::no_row_pays_for_others},
                    PlantedBug{Plant::send_late, Promise::times_are_kept},
                    PlantedBug{Plant::send_early, Promise::times_are_kept},
                    PlantedBug{Plant::ignore_retry_after, Promise::times_are_kept},
                    PlantedBug{Plant::open_too_many, Promise::limits_are_kept},
                    PlantedBug{Plant::flood_the_wire, Promise::limits_are_kept},
                    PlantedBug{Plant::exceed_rate, Promise::rate_is_kept},
                    PlantedBug{Plant::log_a_value, Promise::log_holds_no_value},
                    PlantedBug{Plant::never_wake, Promise::all_is_delivered},
                    PlantedBug{Plant::send_blindly, Promise::nothing_is_sent_blindly},
                    PlantedBug{Plant::hide_outage, Promise::outages_are_probed_only},
                    PlantedBug{Plant::invent_success, Promise::success_is_proven}),
    name_of);

}  // namespace
}  // namespace rfi::simulation
