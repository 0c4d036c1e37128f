// What really happened to one row, and to one request of it.
#pragma once

#include "simulation/items.hpp"
#include "simulation/provider.hpp"
#include "simulation/rfi_maker.hpp"
#include "simulation/trouble.hpp"
#include "simulation/virtual_timer.hpp"

#include "rfi/policy/vocabulary.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace rfi::simulation {

using std::chrono::milliseconds;

/// What came back to the daemon for a PATCH, and whose fault it was.
struct Returned {
  Trouble trouble = Trouble::none;
  bool from_outage = false;
  std::size_t outage = 0;
  unsigned status = 0;  ///< 0: no answer
  bool refused_by_provider = false;
  bool bytes_left = false;
  std::optional<milliseconds> retry_after;
};

/// What the witness knows of one row.
struct WitnessedRow {
  RfiKind kind = RfiKind::good;
  Provider::Temper temper = Provider::Temper::open;
  Items items;
  Items grants;
  std::string requested;
  std::string customer_id;
  SteadyTime queued_at;
  SteadyTime due_from;  ///< give-up age counts from here
  policy::RfiState state = policy::RfiState::pending;
  std::optional<SteadyTime> landed_at;
  bool was_refused_by_provider = false;
  bool was_refused_by_outage = false;  ///< the last answer
  bool paid_too_late = false;  ///< so many customers had been refused that it had to be known
  bool had_401 = false;        ///< by its last request
  std::optional<SteadyTime> doubted_at;
  std::optional<SteadyTime> looked_open_at;
  std::optional<SteadyTime> looked_closed_at;
  std::optional<SteadyTime> not_again_before;
  std::int64_t own_attempts = 0;
  milliseconds unfit_since_due{0};
};

}  // namespace rfi::simulation
