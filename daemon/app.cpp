#include "app.hpp"

#include "control/members.hpp"
#include "purge_answer.hpp"
#include "version.hpp"

#include "rfi/platform/client_secret.hpp"
#include "rfi/platform/config_file.hpp"
#include "rfi/platform/events.hpp"
#include "rfi/platform/no_throw.hpp"
#include "rfi/platform/notify.hpp"

#include <boost/asio/co_spawn.hpp>

#include <csignal>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace rfi::daemon {

namespace asio = boost::asio;
namespace event = platform::event;
using platform::Field;
using platform::kNoThrow;
using platform::Level;

namespace {

queue::StoreOptions store_options(const AppParts& parts) {
  queue::StoreOptions options;
  options.path = parts.config.queue.path;
  options.journal = parts.journal;
  options.version = kVersion;
  options.settings = store_settings(parts.config);
  return options;
}

/// Longer than all the requests of one step of a row together: a token, a look, the PATCH and its
/// re-send, each with its connection.
std::chrono::milliseconds wire_patience(const platform::ApiConfig& api) {
  return 10 * (api.connect_timeout + api.request_timeout) + std::chrono::minutes{1};
}

}  // namespace

queue::QueueSignals App::queue_signals() {
  queue::QueueSignals signals;
  signals.blocked = [this](const std::string& reason) {
    blocked_ = reason;
    stats_.blocked(true);
    log_.write(
        Level::error, event::kQueueBlocked, {Field{"blocked", true}, Field{"detail", reason}});
  };
  signals.unblocked = [this] {
    blocked_.clear();
    stats_.blocked(false);
    log_.write(Level::info, event::kQueueBlocked, {Field{"blocked", false}});
  };
  return signals;
}

App::App(AppParts parts, const platform::Log& log, const platform::Clock& clock)
    : parts_(std::move(parts)),
      log_(log),
      clock_(clock),
      signals_(io_, SIGTERM, SIGINT, SIGHUP),
      stats_timer_(io_),
      watchdog_timer_(io_),
      started_at_(clock.utc_now()),
      queue_(io_.get_executor(), store_options(parts_), queue_signals()),
      files_(io_.get_executor(), upload_settings(parts_.config)),
      api_(io_.get_executor(),
           api_settings(parts_.config),
           parts_.tls,
           parts_.credentials,
           clock,
           random_,
           [this](const api::TokenEvent& token) { log_token(token); }),
      scheduler_(io_.get_executor(),
                 queue_,
                 api_,
                 clock,
                 random_,
                 log,
                 scheduler_settings(parts_.config, parts_.until)),
      retention_(
          io_.get_executor(),
          queue_,
          clock,
          log,
          retention_periods(parts_.config),
          [this] { return scheduler_.open() > 0 ? policy::Traffic::busy : policy::Traffic::idle; }),
      stats_(queue_, scheduler_, log, clock) {}

void App::run() {
  scheduler_.upload_from(files_);
  scheduler_.on_turn([this] {
    // Whoever asks systemd is told at once, not at the next round of figures.
    platform::notify_status(status_line(stats_.look_at_scheduler()));
  });
  open_control();
  spawn(serve());
  spawn(obey_signals());
  spawn(report_stats());
  spawn(retention_.run());
  if (control_) {
    spawn(control_->serve());
  }
  if (const auto interval = platform::watchdog_interval()) {
    spawn(keep_watchdog(*interval));
  }
  if (parts_.freeze) {
    spawn(freeze(*parts_.freeze));
  }
  io_.run();
  if (failure_) {
    std::rethrow_exception(failure_);
  }
}

/// Every task is watched: one that throws stops the service, and run() throws it on.
void App::spawn(asio::awaitable<void> task) {
  asio::co_spawn(io_, std::move(task), [this](const std::exception_ptr& thrown) {
    if (thrown && !failure_) {
      failure_ = thrown;
      scheduler_.stop();
    }
  });
}

/// Before the service says that it is ready. Without it the service works as well.
void App::open_control() {
  commands_.add("status",
                [this](const boost::json::object& /*request*/) { return answer_status(); });
  commands_.add("explain",
                [this](boost::json::object request) { return answer_explain(std::move(request)); });
  commands_.add("purge", [this](boost::json::object request) {
    return answer_purge(retention_, std::move(request));
  });
  try {
    control_ = std::make_unique<ControlServer>(
        io_.get_executor(), parts_.config.queue.path, [this](std::string request) {
          return commands_.answer(std::move(request));
        });
  } catch (const std::system_error& trouble) {
    log_.write(Level::warning,
               event::kServiceStarted,
               {Field{"detail", std::string_view(trouble.what())},
                Field{"effect", "commands see the queue's file only"}});
  }
}

asio::awaitable<std::string> App::answer_status() {
  co_return live_status(scheduler_, frame());
}

asio::awaitable<std::string> App::answer_explain(boost::json::object request) {
  const auto reference = text_in(request, "reference");
  if (!reference) {
    co_return refusal("`reference` must name the RFI");
  }
  co_return live_reasons(scheduler_, frame(), *reference);
}

LiveFrame App::frame() const {
  return {.config = parts_.config,
          .started_at = started_at_,
          .now = clock_.utc_now(),
          .steady_now = clock_.steady_now(),
          .blocked = blocked_,
          .stopping = stopping_};
}

/// Half of systemd's limit is what it recommends; looking twice as often, one look that comes too
/// early does no harm.
asio::awaitable<void> App::keep_watchdog(std::chrono::microseconds interval) {
  Progress progress;
  bool said = false;
  while (!ending_) {
    const auto stuck = progress.look({scheduler_.pulse(), queue_.pulse()},
                                     clock_.steady_now(),
                                     wire_patience(parts_.config.api));
    if (!stuck) {
      platform::notify_watchdog();
    } else if (!said) {
      log_.write(Level::error, event::kServiceStuck, {Field{"detail", *stuck}});
      log_.flush();
    }
    said = stuck.has_value();
    scheduler_.nudge();
    watchdog_timer_.expires_after(interval / 2);
    co_await watchdog_timer_.async_wait(kNoThrow);
  }
}

asio::awaitable<void> App::freeze(Freeze what) {
  asio::steady_timer timer{io_, what.after};
  co_await timer.async_wait(kNoThrow);
  if (what.part == Freeze::Part::scheduler) {
    scheduler_.freeze();
    co_return;
  }
  const std::function<void(queue::Store&)> sleep = [](queue::Store& /*store*/) {
    std::this_thread::sleep_for(std::chrono::hours{1});
  };
  co_await queue_.with_store(sleep);
}

asio::awaitable<void> App::serve() {
  log_.write(
      Level::info,
      event::kServiceReady,
      {Field{"queue", parts_.config.queue.path.string()},
       Field{"base_url", parts_.config.api.base_url},
       Field{"claiming", parts_.config.submission.enabled},
       Field{"control", control_ ? std::optional(control_->path().string()) : std::nullopt}});
  log_.flush();
  platform::notify_ready();
  platform::notify_status(status_line(stats_.look_at_scheduler()));
  std::exception_ptr thrown;
  try {
    co_await scheduler_.run();
  } catch (...) {
    thrown = std::current_exception();
  }
  ending_ = true;
  signals_.cancel();
  stats_timer_.cancel();
  retention_.stop();
  watchdog_timer_.cancel();
  if (control_) {
    control_->stop();
  }
  api_.stop();
  queue_.on_change({});
  if (thrown) {
    std::rethrow_exception(thrown);
  }
}

asio::awaitable<void> App::obey_signals() {
  while (!ending_) {
    const auto [error, signal] = co_await signals_.async_wait(kNoThrow);
    if (error) {
      co_return;
    }
    if (signal == SIGHUP) {
      co_await reload();
    } else {
      stop(signal);
    }
  }
}

void App::stop(int signal) {
  log_.write(Level::info,
             event::kServiceStopping,
             {Field{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"},
              Field{"in_flight", scheduler_.in_flight()},
              Field{"open", scheduler_.open()}});
  log_.flush();
  platform::notify_stopping();
  if (std::exchange(stopping_, true)) {
    // Asked twice: a queue that cannot be written now is not waited for. What is unrecorded stays
    // open in it and is closed as unknown at the next start.
    queue_.give_up();
  }
  // The last outcomes get as long as TimeoutStopSec leaves them, but a blocked queue no longer.
  queue_.give_up_after(parts_.config.submission.drain_timeout + std::chrono::seconds{5});
  scheduler_.stop();
}

asio::awaitable<void> App::report_stats() {
  while (!ending_) {
    stats_timer_.expires_after(parts_.config.log.stats_interval);
    const auto [error] = co_await stats_timer_.async_wait(kNoThrow);
    if (error) {
      co_return;
    }
    if (stats_.is_under_way()) {
      stats_.report_unread();
    } else {
      spawn(run_stats_round());
    }
  }
}

/// A task of its own: a queue that is blocked must not silence the figures.
asio::awaitable<void> App::run_stats_round() {
  RoundSettings settings;
  settings.queue = parts_.config.queue.path;
  settings.rate_limit = parts_.config.submission.rate_limit;
  co_await stats_.run(std::move(settings));
  platform::notify_status(status_line(stats_.look_at_scheduler()));
}

void App::reject_reload(const std::string& reason) const {
  log_.write(Level::error,
             event::kConfigRejected,
             {Field{"detail", reason}, Field{"kept", "the configuration in force"}});
}

asio::awaitable<void> App::reload() {
  platform::notify_reloading();
  auto loaded = platform::load_config(parts_.config_path);
  if (const auto* problems = std::get_if<std::vector<platform::ConfigProblem>>(&loaded)) {
    for (const platform::ConfigProblem& problem : *problems) {
      reject_reload(platform::to_string(problem));
    }
    platform::notify_ready();
    co_return;
  }
  auto config = std::get<platform::Config>(std::move(loaded));
  auto secret = platform::load_client_secret(config.auth);
  if (const auto* problem = std::get_if<platform::SecretProblem>(&secret)) {
    reject_reload(problem->message);
    platform::notify_ready();
    co_return;
  }
  auto tls = api::TlsContext::create(tls_settings(config));
  if (const auto* problem = std::get_if<api::TlsProblem>(&tls)) {
    reject_reload(problem->message);
    platform::notify_ready();
    co_return;
  }
  if (config.queue != parts_.config.queue) {
    reject_reload(
        "[queue] cannot change while the daemon runs: restart it for that; the rest is taken over");
    config.queue = parts_.config.queue;
  }
  parts_.config = std::move(config);
  queue::StoreSettings store = store_settings(parts_.config);
  co_await queue_.reconfigure(std::move(store));
  auto api = api_settings(parts_.config);
  const bool plain = api.transport.endpoint.scheme == api::Scheme::http;
  api_.reconfigure(std::move(api),
                   plain ? nullptr : std::get<std::shared_ptr<api::TlsContext>>(std::move(tls)),
                   {parts_.config.auth.client_id, std::get<platform::Secret>(std::move(secret))});
  files_.configure(upload_settings(parts_.config));
  retention_.configure(retention_periods(parts_.config));
  scheduler_.configure(scheduler_settings(parts_.config, parts_.until));
  log_.write(Level::info, event::kServiceReloaded, {Field{"config", parts_.config_path.string()}});
  log_.flush();
  platform::notify_ready();
}

void App::log_token(const api::TokenEvent& token) const {
  if (token.error.empty()) {
    log_.write(Level::info,
               event::kTokenIssued,
               {Field{"lifetime_ms", token.lifetime}, Field{"refreshed", token.refreshed}});
    return;
  }
  log_.write(Level::error,
             event::kTokenFailed,
             {Field{"error", token.error},
              Field{"http_status", token.http_status},
              Field{"detail", token.detail}});
}

}  // namespace rfi::daemon
