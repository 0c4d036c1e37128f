// A loopback port that nothing listens at.
#pragma once

#include <cstdint>

namespace rfi::test {

/// A port of 127.0.0.1 that was free a moment ago: for "connection refused". A server under test
/// binds port 0 instead and says what it got, since another process may take this one.
///
/// Errors: throws std::system_error.
[[nodiscard]] std::uint16_t free_port();

}  // namespace rfi::test
