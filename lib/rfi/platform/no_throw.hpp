// The completion token of this code base: errors are values, and a cancelled record still gets
// written.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rfi::platform {

/// `auto [error, n] = co_await operation(..., kNoThrow)`. (Boost 1.81 has no default tokens.)
inline constexpr auto kNoThrow = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace rfi::platform
