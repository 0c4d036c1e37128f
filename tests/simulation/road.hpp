// The way to the API and what may go wrong on it. Lives outside the daemon: what was sent goes on
// although the daemon has died.
#pragma once

#include "simulation/chance.hpp"
#include "simulation/plant.hpp"
#include "simulation/provider.hpp"
#include "simulation/scenario.hpp"
#include "simulation/witness.hpp"

#include "rfi/policy/attempt_result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rfi::simulation {

/// What is going to happen to one request.
struct Fate {
  Trouble trouble = Trouble::none;
  bool from_outage = false;
  std::size_t outage = 0;
  milliseconds connecting{0};
  milliseconds landing{0};    ///< from the first byte to the provider
  milliseconds answering{0};  ///< from the first byte to the answer, or to the end of patience
  bool arrives = true;        ///< the provider gets to see it
  std::optional<milliseconds> retry_after;
};

/// What the provider made of a request, once it has arrived.
struct Arrival {
  std::optional<Provider::Answer> answer;
};

class Road {
 public:
  Road(const Scenario& scenario,
       Provider& provider,
       Witness& witness,
       VirtualTime& time,
       Plant plant);

  [[nodiscard]] Fate draw_fate();
  /// The bytes have left; the provider takes them when they arrive, whoever still waits.
  std::shared_ptr<Arrival> send(const Fate& fate,
                                std::string customer_id,
                                std::string body,
                                std::string reference);
  std::shared_ptr<Arrival> ask(const Fate& fate, std::string customer_id);

  /// The result of a request that was sent, for the daemon and for the witness.
  [[nodiscard]] policy::AttemptResult result_of(const Fate& fate, const Arrival& arrival) const;
  [[nodiscard]] policy::AttemptResult not_sent(const Fate& fate) const;
  [[nodiscard]] static Returned returned(const Fate& fate, const policy::AttemptResult& result);

  void end_faults() { faulty_ = false; }

 private:
  [[nodiscard]] Trouble trouble_now(Fate& fate);
  void set_times(Fate& fate);

  const Scenario& scenario_;
  Provider& provider_;
  Witness& witness_;
  VirtualTime& time_;
  Plant plant_;
  Chance chance_;
  SteadyTime begin_;
  SteadyTime token_expires_;
  bool faulty_ = true;
};

}  // namespace rfi::simulation
