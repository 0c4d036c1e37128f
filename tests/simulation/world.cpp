#include "simulation/world.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace rfi::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// A run takes some thousands; who needs so many runs in a circle. Days of short pauses for rows
/// that nobody can deliver are none, but take long.
constexpr std::uint64_t kMostSteps = 20'000'000;
/// The same while no time passes.
constexpr std::uint64_t kMostStepsAtOnce = 100'000;

std::string what(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is no exception";
  }
}

}  // namespace

RunResult run_seed(std::uint64_t seed, Plant plant, TraceText text) {
  return World(seed, plant, text).run();
}

World::World(std::uint64_t seed, Plant plant, TraceText text)
    : scenario_(make_scenario(seed)),
      begin_(time_.now()),
      trace_(time_, text),
      witness_(scenario_, clock_, image_, trace_),
      provider_(time_, scenario_.review),
      road_(scenario_, provider_, witness_, time_, plant),
      plant_(plant),
      chance_(scenario_.chance + 1),
      settings_(scenario_.settings) {
  if (plant == Plant::log_a_value) {
    scenario_.reads_log = true;
  }
}

RunResult World::run() {
  plan_events();
  start_daemon();
  const SteadyTime end = patience();
  std::uint64_t time_passed_at = 0;
  while (!over_ && !witness_.breach()) {
    if (++steps_ > kMostSteps || steps_ - time_passed_at > kMostStepsAtOnce) {
      witness_.report(Promise::it_goes_on, {}, "it runs in a circle");
      break;
    }
    const bool stepped = daemon_ && daemon_->step();
    if (!stepped) {
      if (!time_.advance(end)) {
        break;
      }
      time_passed_at = steps_;
    }
    look_after_daemon();
    if (stepped && stage_ == Stage::faults && chance_.with(scenario_.crash_at_a_step)) {
      crash();
    }
  }
  if (!witness_.breach()) {
    witness_.run_ends(over_);
  }
  trace_.note("end", {}, static_cast<std::int64_t>(steps_));
  daemon_.reset();
  return {scenario_.seed, trace_.hash(), steps_, witness_.breach()};
}

void World::plan_events() {
  for (const Customer& customer : scenario_.customers) {
    provider_.add_customer(customer.id, customer.temper);
  }
  for (const PlannedRow& planned : scenario_.rows) {
    time_.at(begin_ + planned.inserted, [this, &planned] { insert(planned); });
  }
  for (const PlannedAct& planned : scenario_.acts) {
    time_.at(begin_ + planned.when, [this, what = planned.act] { act(what); });
  }
  time_.at(begin_ + scenario_.faults_end, [this] { calm_down(); });
}

/// Until everything that can be delivered must have been: what may still be waited for after the
/// last fault, and time to do it.
SteadyTime World::patience() const {
  milliseconds longest = scenario_.faults_end + hours{2} + 10 * scenario_.settings.max_delay +
                         std::min<milliseconds>(2 * scenario_.api.longest_retry_after, hours{48}) +
                         2 * scenario_.review;
  for (const PlannedRow& row : scenario_.rows) {
    longest = std::max(longest, row.inserted + row.not_before.value_or(milliseconds{0}) + hours{4});
  }
  for (const PlannedAct& act : scenario_.acts) {
    const bool jumps =
        act.act == Act::clock_back || act.act == Act::clock_forward || act.act == Act::clock_glitch;
    longest += jumps ? hours{50} : hours{0};
  }
  return begin_ + longest;
}

void World::insert(const PlannedRow& planned) {
  const Customer& customer = scenario_.customers[planned.customer];
  StoredRow row;
  row.id = RfiId{static_cast<std::int64_t>(image_.rows.size()) + 1};
  row.reference = "r" + std::to_string(static_cast<std::int64_t>(row.id));
  row.customer_id = customer.id;
  row.requested = planned.rfi.requested;
  row.documents = planned.rfi.documents;
  row.priority = planned.priority;
  row.created_at = clock_.utc_now();
  if (planned.not_before) {
    row.not_before = row.created_at + *planned.not_before;
  }
  if (planned.deadline) {
    row.deadline = row.created_at + *planned.deadline;
  }
  if (planned.rfi.kind != RfiKind::unwanted) {
    provider_.ask(customer.id, planned.rfi.items);
  }
  if (planned.rfi.kind == RfiKind::indigestible) {
    provider_.dislike(customer.id, *planned.rfi.items.begin());
  }
  witness_.row_was_queued(row, planned.rfi, customer.temper);
  trace_.note("queued", row.reference);
  trace_.note("  not before", row.reference, planned.not_before.value_or(milliseconds{0}).count());
  trace_.note("  deadline", row.reference, planned.deadline.value_or(milliseconds{0}).count());
  trace_.say("  requested", row.requested);
  trace_.say("  of", row.customer_id);
  image_.rows.push_back(std::move(row));
  tell_daemon();
}

/// The daemon sees the commit of another process a little later.
void World::tell_daemon() {
  time_.at(time_.now() + chance_.duration(milliseconds{1}, milliseconds{500}), [this] {
    if (daemon_) {
      daemon_->queue_changed();
    }
  });
}

Surroundings World::surroundings() {
  return {.scenario = scenario_,
          .time = time_,
          .clock = clock_,
          .image = image_,
          .road = road_,
          .witness = witness_,
          .plant = plant_,
          .begin = begin_,
          .faulty = stage_ == Stage::faults};
}

void World::start_daemon() {
  if (daemon_) {
    return;
  }
  trace_.note("daemon starts");
  stopping_ = false;
  daemon_ = std::make_unique<DaemonLife>(
      surroundings(), settings_, scheduler_settings_now(), chance_.fork());
}

void World::start_daemon_after(milliseconds pause) {
  time_.at(time_.now() + pause, [this] { start_daemon(); });
}

void World::look_after_daemon() {
  if (!daemon_ || !daemon_->has_ended()) {
    return;
  }
  if (daemon_->thrown()) {
    witness_.report(Promise::it_goes_on, {}, "run() threw: " + what(daemon_->thrown()));
  }
  trace_.note("daemon ended");
  const bool was_asked = std::exchange(stopping_, false);
  daemon_.reset();
  if (was_asked) {
    start_daemon_after(chance_.duration(milliseconds{100}, minutes{20}));
  } else {
    over_ = stage_ == Stage::calm;
    if (!over_) {
      witness_.report(Promise::it_goes_on, {}, "run() returned, and nobody had asked it to");
    }
  }
}

service::SchedulerSettings World::scheduler_settings_now() const {
  return scheduler_settings(
      settings_,
      claiming_,
      stage_ == Stage::calm ? service::Until::drained : service::Until::stopped);
}

void World::configure() {
  witness_.settings_are(settings_);
  if (daemon_) {
    daemon_->configure(settings_, scheduler_settings_now());
  }
}

void World::calm_down() {
  trace_.note("faults end");
  stage_ = Stage::calm;
  claiming_ = service::Claiming::enabled;
  road_.end_faults();
  if (daemon_) {
    daemon_->end_faults();
  }
  configure();
  if (!daemon_) {
    start_daemon();
  }
}

}  // namespace rfi::simulation
