// `purge` as it is asked over the control socket, and what it answers: the command on the other
// side reads the same object, also from retention on the file alone.
#pragma once

#include "control/control_server.hpp"
#include "retention_task.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

namespace rfi::daemon {

/// `customer` in the request: that customer alone; otherwise what is over now.
boost::asio::awaitable<std::string> answer_purge(RetentionTask& retention,
                                                 boost::json::object request);

/// `erased`, `deleted`, `freed_bytes`, `pending` (references), `trouble` (null or a sentence).
[[nodiscard]] boost::json::object purge_object(const RetentionEnd& end);

}  // namespace rfi::daemon
