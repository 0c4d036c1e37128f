// One run of one seed: the provider, the way to it, producers, operators, the machine, and one life
// of the daemon after another.
#pragma once

#include "simulation/daemon_life.hpp"
#include "simulation/plant.hpp"
#include "simulation/provider.hpp"
#include "simulation/queue_image.hpp"
#include "simulation/road.hpp"
#include "simulation/scenario.hpp"
#include "simulation/simulated_clock.hpp"
#include "simulation/trace.hpp"
#include "simulation/witness.hpp"

#include <cstdint>
#include <optional>

namespace rfi::simulation {

struct RunResult {
  std::uint64_t seed = 0;
  std::uint64_t trace_hash = 0;
  std::uint64_t steps = 0;
  std::optional<Breach> breach;
};

/// Runs one seed in the calling thread. The same arguments give the same result.
[[nodiscard]] RunResult run_seed(std::uint64_t seed,
                                 Plant plant = Plant::none,
                                 TraceText text = TraceText::none);

class World {
 public:
  World(std::uint64_t seed, Plant plant, TraceText text);

  [[nodiscard]] RunResult run();

 private:
  enum class Stage { faults, calm };

  void plan_events();
  void insert(const PlannedRow& planned);
  void act(Act act);
  void tell_daemon();
  void start_daemon();
  void start_daemon_after(milliseconds pause);
  void look_after_daemon();
  void crash();
  void stop_twice();
  void reload();
  void cancel_some_row();
  void change_some_row();
  void withdraw_some_item();
  void jump(milliseconds by);
  void calm_down();
  void configure();
  [[nodiscard]] StoredRow* some_pending_row();
  [[nodiscard]] service::SchedulerSettings scheduler_settings_now() const;
  [[nodiscard]] SteadyTime patience() const;
  [[nodiscard]] Surroundings surroundings();

  VirtualTime time_;
  Scenario scenario_;
  SteadyTime begin_;
  SimulatedClock clock_{time_};
  Trace trace_;
  QueueImage image_;
  Witness witness_;
  Provider provider_;
  Road road_;
  Plant plant_;
  Chance chance_;
  Settings settings_;
  Stage stage_ = Stage::faults;
  service::Claiming claiming_ = service::Claiming::enabled;
  std::unique_ptr<DaemonLife> daemon_;
  bool stopping_ = false;  ///< the daemon was asked to
  bool over_ = false;
  std::uint64_t steps_ = 0;
};

}  // namespace rfi::simulation
