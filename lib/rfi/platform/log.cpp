#include "rfi/platform/log.hpp"

#include "rfi/platform/events.hpp"
#include "rfi/platform/line_output.hpp"
#include "rfi/platform/log_line.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>

namespace rfi::platform {
namespace {

constexpr std::chrono::milliseconds kLastPatience{1000};

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::trace:
      return spdlog::level::trace;
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::critical:
      return spdlog::level::critical;
    case Level::off:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

std::string_view payload_of(const spdlog::details::log_msg& message) {
  return {message.payload.data(), message.payload.size()};
}

class CallbackSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit CallbackSink(Log::Sink receiver) : receiver_(std::move(receiver)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    receiver_(payload_of(message));
  }
  void flush_() override {}

  Log::Sink receiver_;
};

class OutputSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit OutputSink(int descriptor) : output_(descriptor) {}
  OutputSink(const OutputSink&) = delete;
  OutputSink& operator=(const OutputSink&) = delete;
  OutputSink(OutputSink&&) = delete;
  OutputSink& operator=(OutputSink&&) = delete;
  ~OutputSink() override { output_.flush(kLastPatience); }

  std::uint64_t take_dropped() {
    const std::lock_guard lock(mutex_);
    return output_.take_dropped();
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    output_.append(payload_of(message));
  }
  void flush_() override { output_.flush(std::chrono::milliseconds{0}); }

  LineOutput output_;
};

// systemd names the journal's stream as `device:inode`; a redirected output has others.
bool is_journal(int descriptor) {
  const char* const named = ::secure_getenv("JOURNAL_STREAM");
  struct stat status{};
  return named != nullptr && ::fstat(descriptor, &status) == 0 &&
         std::string_view(named) ==
             std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino);
}

bool wants_priority(LogPriority priority, bool to_journal) {
  switch (priority) {
    case LogPriority::automatic:
      return to_journal;
    case LogPriority::always:
      return true;
    case LogPriority::never:
      return false;
  }
  return false;
}

void ignore_broken_pipes() {
  struct sigaction current{};
  if (::sigaction(SIGPIPE, nullptr, &current) == 0 && current.sa_handler == SIG_DFL) {
    struct sigaction ignored{};
    ignored.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignored, nullptr);
  }
}

}  // namespace

class Log::Implementation {
 public:
  Implementation(const LogOptions& options,
                 const Clock& clock,
                 bool with_priority,
                 std::shared_ptr<OutputSink> output)
      : Implementation(options, clock, with_priority, spdlog::sink_ptr(output)) {
    output_ = std::move(output);
  }

  Implementation(const LogOptions& options,
                 const Clock& clock,
                 bool with_priority,
                 spdlog::sink_ptr sink)
      : clock_(clock),
        with_priority_(with_priority),
        format_(options.format),
        logger_("rfi-submitd", std::move(sink)) {
    logger_.set_level(spdlog_level(options.level));
    logger_.flush_on(spdlog::level::warn);
  }

  void write(Level level, std::string_view event, std::span<const Field> fields) {
    if (enabled(level)) {
      put(level, event, fields);
      if (level >= Level::warning) {
        report_dropped();
      }
    }
  }

  void flush() {
    logger_.flush();
    report_dropped();
  }

  [[nodiscard]] bool enabled(Level level) const {
    return level != Level::off && logger_.should_log(spdlog_level(level));
  }

  void set_level(Level level) { logger_.set_level(spdlog_level(level)); }
  void set_format(LogFormat format) { format_.store(format, std::memory_order_relaxed); }

 private:
  void put(Level level, std::string_view event, std::span<const Field> fields) {
    const LineHead head{.time = clock_.utc_now(), .level = level, .event = event};
    std::string line = format_line(format_.load(std::memory_order_relaxed), head, fields);
    if (with_priority_) {
      line.insert(0, priority_prefix(level));
    }
    logger_.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
  }

  void report_dropped() {
    const std::uint64_t lines = output_ ? output_->take_dropped() : 0;
    if (lines != 0) {
      const Field field{"lines", lines};
      put(Level::warning, event::kLogDropped, {&field, 1});
    }
  }

  const Clock& clock_;
  bool with_priority_;
  std::atomic<LogFormat> format_;
  std::shared_ptr<OutputSink> output_;
  spdlog::logger logger_;
};

Log::Log(const LogOptions& options, const Clock& clock) {
  ignore_broken_pipes();
  implementation_ =
      std::make_unique<Implementation>(options,
                                       clock,
                                       wants_priority(options.priority, is_journal(STDOUT_FILENO)),
                                       std::make_shared<OutputSink>(STDOUT_FILENO));
}

Log::Log(const LogOptions& options, const Clock& clock, Sink sink)
    : implementation_(
          std::make_unique<Implementation>(options,
                                           clock,
                                           wants_priority(options.priority, false),
                                           std::make_shared<CallbackSink>(std::move(sink)))) {}

Log::~Log() = default;

void Log::write(Level level, std::string_view event, std::initializer_list<Field> fields) const {
  implementation_->write(level, event, {fields.begin(), fields.size()});
}

void Log::write_fields(Level level, std::string_view event, std::span<const Field> fields) const {
  implementation_->write(level, event, fields);
}

bool Log::enabled(Level level) const {
  return implementation_->enabled(level);
}

void Log::flush() const {
  implementation_->flush();
}

void Log::set_level(Level level) {
  implementation_->set_level(level);
}

void Log::set_format(LogFormat format) {
  implementation_->set_format(format);
}

}  // namespace rfi::platform
