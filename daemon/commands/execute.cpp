#include "commands/execute.hpp"

#include "rfi/platform/config_file.hpp"

#include <utility>
#include <variant>

namespace rfi::daemon {
namespace {

platform::Config require_config(const std::filesystem::path& path) {
  auto loaded = platform::load_config(path);
  if (const auto* problems = std::get_if<std::vector<platform::ConfigProblem>>(&loaded)) {
    std::vector<std::string> messages;
    messages.reserve(problems->size());
    for (const auto& problem : *problems) {
      messages.push_back(platform::to_string(problem));
    }
    throw CommandFailure(ExitCode::bad_configuration, std::move(messages));
  }
  return std::get<platform::Config>(std::move(loaded));
}

/// One overload a command.
class Execute {
 public:
  explicit Execute(std::filesystem::path config_path) : config_path_(std::move(config_path)) {}

  ExitCode operator()(const RunOptions& options) const {
    return static_cast<ExitCode>(run(config(), options));
  }
  ExitCode operator()(const MigrateOptions& options) const {
    return migrate_queue(config(), options.output);
  }
  ExitCode operator()(const EnqueueOptions& options) const { return enqueue(config(), options); }
  ExitCode operator()(const PreviewOptions& options) const { return preview(config(), options); }
  ExitCode operator()(const StatusOptions& options) const { return show_status(config(), options); }
  ExitCode operator()(const ListOptions& options) const { return list(config(), options); }
  ExitCode operator()(const ShowOptions& options) const { return show(config(), options); }
  ExitCode operator()(const ExplainOptions& options) const { return explain(config(), options); }
  ExitCode operator()(const RetryOptions& options) const { return retry(config(), options); }
  ExitCode operator()(const CancelOptions& options) const { return cancel(config(), options); }
  // Judges the configuration itself: its problems are findings, not a failure.
  ExitCode operator()(const CheckOptions& options) const { return check(options); }

 private:
  [[nodiscard]] platform::Config config() const { return require_config(config_path_); }

  std::filesystem::path config_path_;
};

}  // namespace

ExitCode execute(const Invocation& invocation) {
  return std::visit(Execute(invocation.config_path), invocation.options);
}

}  // namespace rfi::daemon
