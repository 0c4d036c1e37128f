// Error codes of sockets, TLS, HTTP and names -> the words of the audit.
#pragma once

#include <boost/system/error_code.hpp>

#include <string>

namespace rfi::api {

/// The class that stands in `attempt.error`: `timeout`, `refused`, `unreachable`, `reset`,
/// `closed`, `cut_off`, `too_large`, `malformed`, `tls_verify`, `tls`, `io`.
[[nodiscard]] std::string error_class(const boost::system::error_code& error);

}  // namespace rfi::api
