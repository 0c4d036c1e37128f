#include "simulation/daemon_life.hpp"

#include "prepare.hpp"

#include "rfi/platform/sha256.hpp"

#include <boost/asio/co_spawn.hpp>

#include <utility>
#include <variant>

namespace rfi::simulation {

namespace asio = boost::asio;

namespace {

platform::LogOptions log_options(const Surroundings& around) {
  platform::LogOptions options;
  options.level = around.scenario.reads_log ? platform::Level::trace : platform::Level::off;
  return options;
}

/// One member more in the body, or a value where a path should stand.
queue::Prepare spoilt_prepare(queue::Prepare prepare, Plant plant) {
  return [prepare = std::move(prepare), plant](const queue::Candidate& candidate) {
    auto built = prepare(candidate);
    if (auto* prepared = std::get_if<queue::Prepared>(&built)) {
      if (plant == Plant::add_leaf) {
        prepared->body.back() = ',';
        prepared->body += R"("company_details":"VALUE-0"})";
        prepared->body_sha256 = platform::sha256_hex(prepared->body);
      } else {
        prepared->sent.emplace_back("VALUE-0");
      }
    }
    return built;
  };
}

queue::Prepare make_prepare(Plant plant) {
  queue::Prepare prepare = daemon::make_prepare({});
  if (plant == Plant::add_leaf || plant == Plant::log_a_value) {
    return spoilt_prepare(std::move(prepare), plant);
  }
  return prepare;
}

}  // namespace

service::SchedulerSettings scheduler_settings(const Settings& settings,
                                              service::Claiming claiming,
                                              service::Until until) {
  service::SchedulerSettings result;
  result.limits = {settings.max_in_flight, settings.max_open};
  result.retry.backoff = {settings.initial_delay, settings.max_delay};
  result.retry.max_attempts = settings.max_attempts;
  result.retry.give_up_after = settings.give_up_after;
  result.rate_limit = settings.rate_limit;
  result.reconcile = settings.reconcile;
  result.drain_timeout = settings.drain_timeout;
  result.claiming = claiming;
  result.until = until;
  return result;
}

queue::ClaimLimits claim_limits(const Settings& settings) {
  return {settings.max_attempts, settings.give_up_after};
}

DaemonLife::DaemonLife(const Surroundings& around,
                       const Settings& settings,
                       const service::SchedulerSettings& scheduler_settings,
                       Chance chance)
    : around_(around),
      io_(std::make_unique<asio::io_context>(1)),
      work_(io_->get_executor()),
      random_(chance.next()),
      log_(log_options(around),
           around.clock,
           [this](std::string_view line) { around_.witness.log_line(line); }),
      queue_(io_->get_executor(),
             Book(around.image, make_prepare(around.plant), claim_limits(settings), around.plant),
             around.scenario,
             around.clock,
             around.begin,
             around.witness,
             chance.fork()),
      api_(io_->get_executor(), around.road, around.witness, around.clock),
      scheduler_(io_->get_executor(),
                 queue_,
                 api_,
                 around.clock,
                 random_,
                 log_,
                 spoilt(scheduler_settings)) {
  if (!around.faulty) {
    queue_.end_faults();
  }
  around.witness.daemon_starts();
  asio::co_spawn(*io_, scheduler_.run(), [this](const std::exception_ptr& thrown) {
    ended_ = true;
    try {
      if (thrown) {
        std::rethrow_exception(thrown);
      }
    } catch (const GivenUp&) {
      // The second stop: what is unrecorded is closed as unknown at the next start.
      thrown_ = nullptr;
    } catch (...) {
      thrown_ = thrown;
    }
  });
}

/// Coroutines hold on to the scheduler and the ports, so they go before these: first those that
/// wait for a time, then those that are ready to run.
DaemonLife::~DaemonLife() {
  around_.time.drop_waits();
  work_.reset();
  io_.reset();
  around_.witness.daemon_ends();
}

service::SchedulerSettings DaemonLife::spoilt(service::SchedulerSettings settings) const {
  if (around_.plant == Plant::flood_the_wire) {
    settings.limits.max_in_flight *= 2;
  }
  if (around_.plant == Plant::exceed_rate) {
    settings.rate_limit *= 2.0;
  }
  return settings;
}

void DaemonLife::stop(bool for_the_second_time) {
  if (for_the_second_time) {
    queue_.give_up();
  }
  scheduler_.stop();
}

void DaemonLife::configure(const Settings& settings,
                           const service::SchedulerSettings& scheduler_settings) {
  queue_.reconfigure(claim_limits(settings));
  scheduler_.configure(spoilt(scheduler_settings));
}

}  // namespace rfi::simulation
