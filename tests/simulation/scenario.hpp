// What a seed decides before the run begins: settings, rows, faults, and what people do. Each seed
// turns on a random part of the faults ("swarm testing"): all at once would hide each other.
#pragma once

#include "simulation/chance.hpp"
#include "simulation/provider.hpp"
#include "simulation/rfi_maker.hpp"
#include "simulation/trouble.hpp"

#include "rfi/policy/reconcile.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rfi::simulation {

using std::chrono::milliseconds;

/// Everything that is sent in this time meets the same trouble.
struct Outage {
  milliseconds begin{0};
  milliseconds end{0};
  Trouble trouble = Trouble::none;
};

/// One request in so many meets it.
struct Noise {
  Trouble trouble = Trouble::none;
  double probability = 0.0;
};

struct ApiFaults {
  std::vector<Outage> outages;
  std::vector<Noise> noise;
  milliseconds latency{50};
  milliseconds longest_retry_after{0};  ///< 0: answers ask for no pause
  double landed_although = 0.3;         ///< of the failures behind the API's door
  milliseconds token_lifetime{0};       ///< 0: tokens never expire
};

struct DiskFaults {
  milliseconds commit{1};
  double busy = 0.0;      ///< of the commits: a lock was not granted
  double io_error = 0.0;  ///< of the commits: an error that leaves it open what is in the file
  std::vector<Outage> outages;  ///< nothing can be written meanwhile
};

struct Settings {
  std::size_t max_in_flight = 4;
  std::size_t max_open = 16;
  double rate_limit = 0.0;
  milliseconds initial_delay{1000};
  milliseconds max_delay{60'000};
  std::int64_t max_attempts = 10;
  milliseconds give_up_after{std::chrono::hours{72}};
  milliseconds drain_timeout{10'000};
  policy::Reconcile reconcile = policy::Reconcile::after_unknown;
};

struct Customer {
  std::string id;
  Provider::Temper temper = Provider::Temper::open;
};

struct PlannedRow {
  milliseconds inserted{0};
  std::size_t customer = 0;
  MadeRfi rfi;
  std::int64_t priority = 0;
  std::optional<milliseconds> not_before;  ///< after the insert
  std::optional<milliseconds> deadline;    ///< after the insert
};

/// What people and the machine do.
enum class Act {
  cancel,         ///< a producer, some pending row
  change_row,     ///< a producer: priority, not_before or deadline of some pending row
  withdraw_item,  ///< the API: an item stops being open by itself
  pause,
  resume,
  reload,
  stop,        ///< and start again after a while
  stop_twice,  ///< at once, and start again
  crash,
  clock_forward,
  clock_back,
  clock_glitch  ///< and back within seconds
};

struct PlannedAct {
  milliseconds when{0};
  Act act = Act::cancel;
};

struct Scenario {
  std::uint64_t seed = 0;
  Settings settings;
  std::vector<Customer> customers;
  std::vector<PlannedRow> rows;
  std::vector<PlannedAct> acts;
  ApiFaults api;
  DiskFaults disk;
  milliseconds review{0};
  milliseconds faults_end{0};  ///< from here on nothing goes wrong any more
  double crash_at_a_step = 0.0;
  bool reads_log = false;    ///< formatting costs most of a run
  std::uint64_t chance = 0;  ///< seed of what happens during the run
};

[[nodiscard]] Scenario make_scenario(std::uint64_t seed);

}  // namespace rfi::simulation
