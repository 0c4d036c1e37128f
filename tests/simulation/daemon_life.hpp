// One life of the daemon: from its start to its end, orderly or not. The scheduler, the policy, the
// allowlist and the planning of claims in it are the real ones.
#pragma once

#include "simulation/simulated_api.hpp"
#include "simulation/simulated_queue.hpp"

#include "rfi/platform/log.hpp"
#include "rfi/platform/random.hpp"
#include "rfi/queue/plan.hpp"
#include "rfi/service/scheduler.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <memory>
#include <optional>

namespace rfi::simulation {

/// What the daemon is built on and does not own.
struct Surroundings {
  const Scenario& scenario;
  VirtualTime& time;
  SimulatedClock& clock;
  QueueImage& image;
  Road& road;
  Witness& witness;
  Plant plant = Plant::none;
  SteadyTime begin;
  bool faulty = true;
};

[[nodiscard]] service::SchedulerSettings scheduler_settings(const Settings& settings,
                                                            service::Claiming claiming,
                                                            service::Until until);
[[nodiscard]] queue::ClaimLimits claim_limits(const Settings& settings);

class DaemonLife {
 public:
  DaemonLife(const Surroundings& around,
             const Settings& settings,
             const service::SchedulerSettings& scheduler_settings,
             Chance chance);
  DaemonLife(const DaemonLife&) = delete;
  DaemonLife& operator=(const DaemonLife&) = delete;
  DaemonLife(DaemonLife&&) = delete;
  DaemonLife& operator=(DaemonLife&&) = delete;
  /// Ends it as a crash does, if it has not ended: what was not durable is gone.
  ~DaemonLife();

  /// One thing that is ready to happen now. False when there is none.
  bool step() { return io_->poll_one() > 0; }

  [[nodiscard]] bool has_ended() const { return ended_; }
  /// What run() threw, the giving up of a second stop excepted.
  [[nodiscard]] const std::exception_ptr& thrown() const { return thrown_; }

  void stop(bool for_the_second_time);
  void configure(const Settings& settings, const service::SchedulerSettings& scheduler_settings);
  void queue_changed() const { queue_.changed(); }
  void end_faults() { queue_.end_faults(); }
  [[nodiscard]] bool is_fit() const { return scheduler_.destination().is_fit(); }

 private:
  [[nodiscard]] service::SchedulerSettings spoilt(service::SchedulerSettings settings) const;

  Surroundings around_;
  std::unique_ptr<boost::asio::io_context> io_;  ///< goes first, see the destructor
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  platform::SeededRandom random_;
  platform::Log log_;
  SimulatedQueue queue_;
  SimulatedApi api_;
  service::Scheduler scheduler_;
  bool ended_ = false;
  std::exception_ptr thrown_;
};

}  // namespace rfi::simulation
