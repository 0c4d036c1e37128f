// The page of events (lib/rfi/platform/EVENTS.md), which every line of a log must agree with.
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace rfi::test {

/// What about this line is not on the page: its event, or a field. Nothing if all of it is.
[[nodiscard]] std::optional<std::string> undocumented(const boost::json::object& line);

}  // namespace rfi::test
