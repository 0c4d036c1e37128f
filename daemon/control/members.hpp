// Members of a question or an answer on the control socket. One that is missing, null or of another
// type is nothing, so that a newer daemon can be asked as well as an older one.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rfi::daemon {

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

}  // namespace rfi::daemon
