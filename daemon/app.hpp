// The service: owns every long-lived object of `run`. Construction order is the reverse of the
// order in which they end.
#pragma once

#include "control/control_commands.hpp"
#include "control/control_server.hpp"
#include "live_status.hpp"
#include "progress.hpp"
#include "retention_task.hpp"
#include "settings.hpp"
#include "stats_round.hpp"

#include "rfi/api/customer_api.hpp"
#include "rfi/platform/clock.hpp"
#include "rfi/platform/config.hpp"
#include "rfi/platform/log.hpp"
#include "rfi/platform/random.hpp"
#include "rfi/queue/queue_thread.hpp"
#include "rfi/service/scheduler.hpp"
#include "rfi/upload/file_threads.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace rfi::daemon {

/// A part that stops working on purpose: how a test sees that the watchdog notices.
struct Freeze {
  enum class Part { scheduler, queue };
  Part part = Part::scheduler;
  std::chrono::milliseconds after{0};
};

/// What must be in hand before the service can be built.
struct AppParts {
  platform::Config config;
  std::filesystem::path config_path;  ///< read again at SIGHUP
  Until until = Until::stopped;
  api::Credentials credentials;
  std::shared_ptr<api::TlsContext> tls;  ///< null: plain http to a loopback address
  queue::JournalMode journal = queue::JournalMode::rollback;
  std::optional<Freeze> freeze;
};

class App {
 public:
  /// Opens the queue. Throws what queue::QueueThread's constructor throws.
  App(AppParts parts, const platform::Log& log, const platform::Clock& clock);

  /// Serves until SIGTERM or SIGINT has been obeyed, or the queue is drained. Throws what ended it
  /// otherwise.
  void run();

 private:
  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<void> obey_signals();
  boost::asio::awaitable<void> report_stats();
  boost::asio::awaitable<void> run_stats_round();
  boost::asio::awaitable<void> reload();
  boost::asio::awaitable<void> keep_watchdog(std::chrono::microseconds interval);
  boost::asio::awaitable<void> freeze(Freeze what);
  boost::asio::awaitable<std::string> answer_status();
  boost::asio::awaitable<std::string> answer_explain(boost::json::object request);
  [[nodiscard]] queue::QueueSignals queue_signals();
  [[nodiscard]] LiveFrame frame() const;
  void open_control();
  void spawn(boost::asio::awaitable<void> task);
  void stop(int signal);
  void log_token(const api::TokenEvent& token) const;
  void reject_reload(const std::string& reason) const;

  AppParts parts_;
  const platform::Log& log_;
  const platform::Clock& clock_;
  platform::SystemRandom random_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  boost::asio::steady_timer stats_timer_;
  boost::asio::steady_timer watchdog_timer_;
  policy::UtcTime started_at_;
  std::string blocked_;  ///< why the queue cannot be written, or empty
  queue::QueueThread queue_;
  upload::FileThreads files_;
  api::CustomerApi api_;
  service::Scheduler scheduler_;
  RetentionTask retention_;
  StatsRound stats_;
  ControlCommands commands_;
  std::unique_ptr<ControlServer> control_;  ///< null if there could be none
  bool stopping_ = false;                   ///< a first signal was obeyed
  bool ending_ = false;
  std::exception_ptr failure_;
};

}  // namespace rfi::daemon
