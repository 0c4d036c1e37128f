// What the commands see of a running daemon.
#pragma once

#include "control/members.hpp"

#include "rfi/platform/config.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rfi::daemon {

/// Its answer to one question, or why there is none.
struct DaemonView {
  boost::json::object answer;  ///< empty if nobody answered
  std::string reason;          ///< why, as a sentence; empty if there is an answer

  [[nodiscard]] bool is_there() const { return reason.empty(); }
};

/// `question` holds `command` and what belongs to it. An answer that says no is none.
/// It is waited for that long.
[[nodiscard]] DaemonView ask(const platform::Config& config,
                             const boost::json::object& question,
                             std::chrono::milliseconds patience = std::chrono::seconds{5});
[[nodiscard]] DaemonView ask(const platform::Config& config, std::string_view command);

/// The last line of what was read from the file without a daemon's help.
[[nodiscard]] std::string from_file_alone(const DaemonView& daemon);

}  // namespace rfi::daemon
