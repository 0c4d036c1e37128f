// The log is the monitoring interface: one event a line on standard output, stable names, never a
// document's value, a token or a secret. How a line is written is in log_line.hpp; the names of the
// events are in events.hpp.
#pragma once

#include "rfi/platform/clock.hpp"
#include "rfi/platform/field.hpp"
#include "rfi/platform/level.hpp"

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

namespace rfi::platform {

/// Whether each line begins with systemd's `<N>`.
enum class LogPriority {
  automatic,  ///< when standard output is the journal ($JOURNAL_STREAM names it)
  always,
  never
};

struct LogOptions {
  Level level = Level::info;
  LogFormat format = LogFormat::json;
  LogPriority priority = LogPriority::automatic;
};

/// Writes events. Safe to use from any thread; a line is never split by another.
///
/// A line at `warning` and above leaves at once, others at the next flush() or when 64 KiB have
/// gathered. A reader that is gone or does not read never blocks or ends the daemon: what does not
/// fit into 1 MiB is dropped and counted, and `log.dropped` says how many lines were lost as soon
/// as there is room again.
class Log {
 public:
  /// Receives each finished line, without its line feed. Called under the log's lock: must not log.
  using Sink = std::function<void(std::string_view line)>;

  /// Writes to standard output. Ignores SIGPIPE for the whole process, unless it has a handler.
  /// `clock` must outlive the log.
  Log(const LogOptions& options, const Clock& clock);

  /// Writes to `sink`; `LogPriority::automatic` means never.
  Log(const LogOptions& options, const Clock& clock, Sink sink);

  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  Log(Log&&) = delete;
  Log& operator=(Log&&) = delete;

  /// Gives a slow reader up to one second to take what is left.
  ~Log();

  /// One line. `event` is one of events.hpp; values may hold any bytes. A line over 40 KB loses the
  /// fields that do not fit and says `truncated`.
  void write(Level level, std::string_view event, std::initializer_list<Field> fields = {}) const;

  /// The same for fields that were gathered at run time.
  void write_fields(Level level, std::string_view event, std::span<const Field> fields) const;

  /// Whether a line of this level would be written. Cheap: to be asked before costly fields are
  /// made.
  [[nodiscard]] bool enabled(Level level) const;

  /// Hands what has gathered to the reader, without waiting for it.
  void flush() const;

  void set_level(Level level);
  void set_format(LogFormat format);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace rfi::platform
