#include "simulation/scenario.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace rfi::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array kOutages = {Trouble::refused,
                                 Trouble::unreachable,
                                 Trouble::dns,
                                 Trouble::tls,
                                 Trouble::connect_timeout,
                                 Trouble::token_refused,
                                 Trouble::token_unavailable,
                                 Trouble::hang,
                                 Trouble::portal,
                                 Trouble::redirect,
                                 Trouble::server_error,
                                 Trouble::unauthorized,
                                 Trouble::forbidden,
                                 Trouble::not_found,
                                 Trouble::bad_request};

constexpr std::array kNoise = {Trouble::refused,
                               Trouble::connect_timeout,
                               Trouble::hang,
                               Trouble::reset,
                               Trouble::cut_off,
                               Trouble::portal,
                               Trouble::server_error,
                               Trouble::throttled,
                               Trouble::conflict};

Settings make_settings(Chance& chance) {
  Settings settings;
  settings.max_in_flight = static_cast<std::size_t>(chance.between(1, 8));
  settings.max_open = settings.max_in_flight * static_cast<std::size_t>(chance.between(1, 4));
  settings.rate_limit = chance.with(0.3) ? 0.2 + 10.0 * chance.unit() : 0.0;
  settings.initial_delay = chance.duration(milliseconds{100}, seconds{10});
  settings.max_delay = chance.duration(seconds{20}, minutes{15});
  settings.max_attempts = chance.between(3, 20);
  settings.give_up_after = chance.with(0.3) ? chance.duration(minutes{10}, hours{8}) : hours{72};
  settings.drain_timeout = chance.duration(milliseconds{100}, seconds{60});
  if (chance.with(0.3)) {
    settings.reconcile = chance.with(0.5) ? policy::Reconcile::always : policy::Reconcile::never;
  }
  return settings;
}

std::vector<Customer> make_customers(Chance& chance) {
  std::vector<Customer> customers(static_cast<std::size_t>(chance.between(1, 14)));
  const double strange = chance.with(0.3) ? 0.2 : 0.0;
  for (Customer& customer : customers) {
    customer.id = chance.uuid();
    if (chance.with(strange)) {
      customer.temper = chance.with(0.5) ? Provider::Temper::unknown : Provider::Temper::forbidden;
    }
  }
  return customers;
}

std::vector<PlannedRow> make_rows(Chance& chance, const Scenario& scenario) {
  std::vector<PlannedRow> rows(static_cast<std::size_t>(chance.between(3, 36)));
  const double bad = chance.with(0.4) ? 0.15 : 0.0;
  const double timed = chance.with(0.4) ? 0.3 : 0.0;
  const bool at_once = chance.with(0.3);
  for (PlannedRow& row : rows) {
    row.inserted = at_once ? milliseconds{0}
                           : milliseconds{chance.between(0, scenario.faults_end.count() * 3 / 4)};
    row.customer = chance.below(scenario.customers.size());
    RfiKind kind = RfiKind::good;
    if (chance.with(bad)) {
      kind =
          chance.one_of(std::array{RfiKind::unsendable, RfiKind::unwanted, RfiKind::indigestible});
    }
    row.rfi = make_rfi(chance, kind);
    row.priority = chance.with(0.3) ? chance.between(-2, 2) : 0;
    if (chance.with(timed)) {
      row.not_before = chance.duration(seconds{1}, hours{1});
    }
    if (chance.with(timed)) {
      row.deadline = chance.duration(minutes{1}, hours{12});
    }
  }
  return rows;
}

ApiFaults make_api_faults(Chance& chance, milliseconds end) {
  ApiFaults faults;
  faults.latency = chance.duration(milliseconds{3}, seconds{3});
  faults.landed_although = chance.unit();
  if (chance.with(0.6)) {
    const std::int64_t count = chance.between(1, 3);
    for (std::int64_t i = 0; i < count; ++i) {
      Outage outage;
      outage.trouble = chance.one_of(kOutages);
      outage.begin = milliseconds{chance.between(0, end.count() * 3 / 4)};
      outage.end = std::min(end, outage.begin + chance.duration(seconds{2}, hours{3}));
      faults.outages.push_back(outage);
    }
  }
  if (chance.with(0.7)) {
    const double most = chance.with(0.2) ? 0.6 : 0.15;
    for (const Trouble trouble : kNoise) {
      if (chance.with(0.35)) {
        faults.noise.push_back({trouble, most * chance.unit()});
      }
    }
  }
  if (chance.with(0.5)) {
    faults.longest_retry_after =
        chance.with(0.03) ? milliseconds{hours{30}} : chance.duration(seconds{1}, minutes{40});
  }
  if (chance.with(0.4)) {
    faults.token_lifetime = chance.duration(seconds{5}, hours{1});
  }
  return faults;
}

DiskFaults make_disk_faults(Chance& chance, milliseconds end) {
  DiskFaults faults;
  faults.commit = chance.duration(milliseconds{1}, milliseconds{40});
  if (chance.with(0.3)) {
    faults.busy = 0.2 * chance.unit();
  }
  if (chance.with(0.3)) {
    faults.io_error = 0.1 * chance.unit();
  }
  if (chance.with(0.2)) {
    Outage outage;
    outage.begin = milliseconds{chance.between(0, end.count() * 3 / 4)};
    outage.end = std::min(end, outage.begin + chance.duration(seconds{2}, minutes{30}));
    faults.outages.push_back(outage);
  }
  return faults;
}

std::vector<PlannedAct> make_acts(Chance& chance, milliseconds end) {
  struct Kind {
    Act act;
    double seeds;  // in which it happens at all
    std::int64_t most;
  };
  constexpr std::array kKinds = {Kind{Act::cancel, 0.3, 4},
                                 Kind{Act::change_row, 0.2, 4},
                                 Kind{Act::withdraw_item, 0.3, 6},
                                 Kind{Act::pause, 0.15, 1},
                                 Kind{Act::reload, 0.3, 3},
                                 Kind{Act::stop, 0.2, 2},
                                 Kind{Act::stop_twice, 0.15, 1},
                                 Kind{Act::crash, 0.2, 3},
                                 Kind{Act::clock_forward, 0.12, 1},
                                 Kind{Act::clock_back, 0.12, 1},
                                 Kind{Act::clock_glitch, 0.1, 2}};
  std::vector<PlannedAct> acts;
  for (const Kind& kind : kKinds) {
    if (!chance.with(kind.seeds)) {
      continue;
    }
    const std::int64_t count = chance.between(1, kind.most);
    for (std::int64_t i = 0; i < count; ++i) {
      const milliseconds when{chance.between(0, end.count() - 1)};
      acts.push_back({when, kind.act});
      if (kind.act == Act::pause) {
        acts.push_back({std::min(end, when + chance.duration(seconds{1}, hours{1})), Act::resume});
      }
    }
  }
  return acts;
}

}  // namespace

Scenario make_scenario(std::uint64_t seed) {
  Chance chance(seed * 0x2545F4914F6CDD1DU + 1);
  Scenario scenario;
  scenario.seed = seed;
  scenario.faults_end = chance.duration(minutes{1}, hours{6});
  scenario.settings = make_settings(chance);
  scenario.customers = make_customers(chance);
  scenario.rows = make_rows(chance, scenario);
  scenario.api = make_api_faults(chance, scenario.faults_end);
  scenario.disk = make_disk_faults(chance, scenario.faults_end);
  scenario.acts = make_acts(chance, scenario.faults_end);
  scenario.review = chance.with(0.3) ? chance.duration(seconds{1}, minutes{30}) : milliseconds{0};
  scenario.crash_at_a_step = chance.with(0.25) ? 0.01 * chance.unit() : 0.0;
  scenario.reads_log = seed % 8 == 0;
  scenario.chance = chance.next();
  return scenario;
}

}  // namespace rfi::simulation
