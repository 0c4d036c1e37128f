// What the commands see of a running daemon.
#pragma once

#include "rfi/platform/config.hpp"

#include <boost/json/object.hpp>

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
[[nodiscard]] DaemonView ask(const platform::Config& config, const boost::json::object& question);
[[nodiscard]] DaemonView ask(const platform::Config& config, std::string_view command);

// Members of an answer; one that is missing, null or of another type is nothing, so that a newer
// daemon can be asked as well as an older one.
[[nodiscard]] std::optional<std::int64_t> integer_in(const boost::json::object& object,
                                                     std::string_view name);
[[nodiscard]] std::optional<double> number_in(const boost::json::object& object,
                                              std::string_view name);
[[nodiscard]] std::optional<std::string> text_in(const boost::json::object& object,
                                                 std::string_view name);
[[nodiscard]] bool truth_in(const boost::json::object& object, std::string_view name);
/// Empty if there is none.
[[nodiscard]] boost::json::object object_in(const boost::json::object& object,
                                            std::string_view name);

/// The last line of what was read from the file without a daemon's help.
[[nodiscard]] std::string from_file_alone(const DaemonView& daemon);

}  // namespace rfi::daemon
