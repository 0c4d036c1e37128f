// A way through an HTTP proxy: CONNECT, and what the proxy says to it.
#pragma once

#include "rfi/api/abort.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace rfi::api {

/// Asks the proxy at the other end of `socket` for a connection to `authority` (`host:port`, with
/// brackets around IPv6). Nothing when it is open: whatever the proxy sends behind its answer is
/// still to be read from the socket, for it belongs to the tunnel. Otherwise one sentence for a
/// human, without a word of what the proxy said; the socket is then of no further use.
///
/// Nothing but the authority is sent: the token is for the other end, inside TLS. The answer may
/// have 16 KiB, interim answers included, and has to be there by `deadline`. Io thread only.
boost::asio::awaitable<std::optional<std::string>> open_tunnel(
    boost::asio::ip::tcp::socket& socket,
    std::string authority,
    std::chrono::steady_clock::time_point deadline,
    AbortSource& abort);

}  // namespace rfi::api
