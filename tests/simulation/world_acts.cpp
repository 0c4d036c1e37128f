// What people and the machine do during a run.
#include "simulation/world.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace rfi::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

}  // namespace

void World::act(Act act) {
  trace_.note("act", {}, static_cast<std::int64_t>(act));
  switch (act) {
    case Act::cancel:
      return cancel_some_row();
    case Act::change_row:
      return change_some_row();
    case Act::withdraw_item:
      return withdraw_some_item();
    case Act::pause:
      claiming_ = service::Claiming::paused;
      return configure();
    case Act::resume:
      claiming_ = service::Claiming::enabled;
      return configure();
    case Act::reload:
      return reload();
    case Act::stop:
      if (daemon_) {
        stopping_ = true;
        daemon_->stop(false);
      }
      return;
    case Act::stop_twice:
      return stop_twice();
    case Act::crash:
      return crash();
    case Act::clock_forward:
      return jump(chance_.duration(minutes{1}, hours{25}));
    case Act::clock_back:
      return jump(-chance_.duration(minutes{1}, hours{25}));
    case Act::clock_glitch: {
      const milliseconds by =
          (chance_.with(0.5) ? 1 : -1) * chance_.duration(minutes{1}, hours{25});
      jump(by);
      time_.at(time_.now() + chance_.duration(milliseconds{50}, seconds{8}),
               [this, by] { jump(-by); });
      return;
    }
  }
}

void World::crash() {
  if (!daemon_) {
    return;
  }
  trace_.note("crash");
  daemon_.reset();
  stopping_ = false;
  start_daemon_after(chance_.duration(milliseconds{500}, minutes{2}));
}

void World::stop_twice() {
  if (!daemon_) {
    return;
  }
  stopping_ = true;
  daemon_->stop(false);
  const DaemonLife* meant = daemon_.get();
  time_.at(time_.now() + chance_.duration(milliseconds{1}, settings_.drain_timeout), [this, meant] {
    if (daemon_.get() == meant && stopping_) {
      daemon_->stop(true);
    }
  });
}

void World::reload() {
  settings_.max_in_flight = static_cast<std::size_t>(chance_.between(1, 8));
  settings_.max_open = settings_.max_in_flight * static_cast<std::size_t>(chance_.between(1, 4));
  if (chance_.with(0.3)) {
    settings_.rate_limit = chance_.with(0.5) ? 0.2 + 10.0 * chance_.unit() : 0.0;
  }
  if (chance_.with(0.3)) {
    settings_.max_attempts = chance_.between(3, 20);
  }
  configure();
}

StoredRow* World::some_pending_row() {
  std::vector<StoredRow*> pending;
  for (StoredRow& row : image_.rows) {
    if (row.state == policy::RfiState::pending) {
      pending.push_back(&row);
    }
  }
  return pending.empty() ? nullptr : chance_.one_of(pending);
}

void World::cancel_some_row() {
  if (StoredRow* row = some_pending_row()) {
    trace_.note("cancelled", row->reference);
    row->state = policy::RfiState::cancelled;
    row->next_attempt_at.reset();
    row->waiting_for = WaitingFor::line;
    tell_daemon();
  }
}

void World::change_some_row() {
  StoredRow* row = some_pending_row();
  if (row == nullptr) {
    return;
  }
  trace_.note("changed", row->reference);
  row->priority = chance_.between(-2, 2);
  if (chance_.with(0.5)) {
    const milliseconds left = chance_.duration(minutes{1}, hours{6});
    row->deadline = clock_.utc_now() + left;
    trace_.note("  deadline", row->reference, left.count());
  }
  if (chance_.with(0.5)) {
    const milliseconds later = chance_.duration(minutes{1}, hours{1});
    row->not_before = std::max(row->not_before.value_or(UtcTime{}), clock_.utc_now() + later);
    witness_.row_was_postponed(row->reference, later);
    trace_.note("  not before", row->reference, later.count());
  }
  tell_daemon();
}

void World::withdraw_some_item() {
  const Customer& customer = chance_.one_of(scenario_.customers);
  const Items open = provider_.open_items(customer.id);
  if (!open.empty()) {
    const auto place = static_cast<std::ptrdiff_t>(chance_.below(open.size()));
    provider_.withdraw(customer.id, *std::next(open.begin(), place));
  }
}

void World::jump(milliseconds by) {
  trace_.note("clock", {}, by.count());
  clock_.jump(by);
  witness_.clock_jumps(by);
  if (!daemon_) {
    witness_.jump_went_unseen();
  }
}

}  // namespace rfi::simulation
