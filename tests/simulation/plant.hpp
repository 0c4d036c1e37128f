// Bugs that are put in on purpose, one for each promise, so that the simulation is known to see.
// They are in the simulated ports and around them, never in the daemon's own code.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace rfi::simulation {

enum class Plant {
  none,
  lose_row,                ///< a row is gone when it comes back from an attempt
  add_leaf,                ///< the body holds one value that nobody asked for
  send_two_of_a_customer,  ///< the queue forgets which customers are busy
  leave_terminal_state,    ///< a submitted row is pending again
  forget_attempt,          ///< the attempt row is not there when the request leaves
  blame_the_row,           ///< an outage comes out as the API's refusal of the row
  use_up_attempts,         ///< what never left counts as an attempt
  send_late,               ///< the deadline is hidden from the daemon
  send_early,              ///< the queue takes rows for due that are not
  ignore_retry_after,      ///< the pause an answer asked for gets lost
  open_too_many,           ///< more rows are claimed than asked for
  flood_the_wire,          ///< max_in_flight is not what was configured
  exceed_rate,             ///< neither is rate_limit
  log_a_value,             ///< a path turns into a value on its way to the log
  never_wake,              ///< the queue says nothing of what falls due later
  send_blindly,            ///< the queue forgets that an attempt may have landed
  hide_outage,             ///< what never left looks like an answer that asks for patience
  invent_success           ///< 200 from something that is not the API
};

struct PlantName {
  Plant plant;
  std::string_view name;
};

inline constexpr std::array kPlants = {
    PlantName{Plant::lose_row, "lose-row"},
    PlantName{Plant::add_leaf, "add-leaf"},
    PlantName{Plant::send_two_of_a_customer, "send-two-of-a-customer"},
    PlantName{Plant::leave_terminal_state, "leave-terminal-state"},
    PlantName{Plant::forget_attempt, "forget-attempt"},
    PlantName{Plant::blame_the_row, "blame-the-row"},
    PlantName{Plant::use_up_attempts, "use-up-attempts"},
    PlantName{Plant::send_late, "send-late"},
    PlantName{Plant::send_early, "send-early"},
    PlantName{Plant::ignore_retry_after, "ignore-retry-after"},
    PlantName{Plant::open_too_many, "open-too-many"},
    PlantName{Plant::flood_the_wire, "flood-the-wire"},
    PlantName{Plant::exceed_rate, "exceed-rate"},
    PlantName{Plant::log_a_value, "log-a-value"},
    PlantName{Plant::never_wake, "never-wake"},
    PlantName{Plant::send_blindly, "send-blindly"},
    PlantName{Plant::hide_outage, "hide-outage"},
    PlantName{Plant::invent_success, "invent-success"}};

[[nodiscard]] constexpr std::optional<Plant> plant_from(std::string_view name) {
  for (const PlantName& known : kPlants) {
    if (known.name == name) {
      return known.plant;
    }
  }
  return std::nullopt;
}

}  // namespace rfi::simulation
