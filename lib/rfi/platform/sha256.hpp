// The hash that stands in the audit for a body: equal bytes, equal hash, and nothing of the body in
// it.
#pragma once

#include <string>
#include <string_view>

namespace rfi::platform {

/// SHA-256 of `bytes` as 64 lower-case hex digits. Safe to call from any thread.
/// Throws std::runtime_error when OpenSSL offers no SHA-256 or runs out of memory.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace rfi::platform
