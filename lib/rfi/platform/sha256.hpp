// The hash that stands in the audit for a body: equal bytes, equal hash, and nothing of the body in
// it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace rfi::platform {

/// SHA-256 of `bytes` as 64 lower-case hex digits. Safe to call from any thread.
/// Throws std::runtime_error when OpenSSL offers no SHA-256 or runs out of memory.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// The same of bytes that come in pieces. Moves, does not copy; throws as sha256_hex() does.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  /// Of all bytes added; nothing may be added any more.
  [[nodiscard]] std::string hex();

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

}  // namespace rfi::platform
