// A TCP connection to whichever address of the API answers first.
#pragma once

#include "rfi/api/abort.hpp"
#include "rfi/api/resolver.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <variant>

namespace rfi::api {

/// The last address' error, or `timed_out` / `operation_aborted`.
using DialResult = std::variant<boost::asio::ip::tcp::socket, boost::system::error_code>;

/// Happy eyeballs (RFC 8305): addresses in turn, families alternating, the next one started 250 ms
/// after the one before or as soon as that has failed; the first that connects wins and the others
/// are closed. TCP_NODELAY is set.
boost::asio::awaitable<DialResult> dial(boost::asio::any_io_executor executor,
                                        Addresses addresses,
                                        std::chrono::steady_clock::time_point deadline,
                                        AbortSource& abort);

/// The order in which dial() tries them: as given, but with the address families alternating.
[[nodiscard]] Addresses alternate_families(const Addresses& addresses);

}  // namespace rfi::api
