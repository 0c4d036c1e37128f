// Where the bytes of a streamed request come from.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace rfi::api {

/// Owned by the caller, who asks it afterwards why it ended early. Io thread only; it must not
/// block that thread.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  ByteSource(ByteSource&&) = delete;
  ByteSource& operator=(ByteSource&&) = delete;
  virtual ~ByteSource() = default;

  /// Exactly so many bytes come, unless read() fails.
  [[nodiscard]] virtual std::uint64_t size() const = 0;

  /// The next bytes, written into `buffer`; 0 after the last one. Nothing when it cannot go on:
  /// then the request must not be completed.
  virtual boost::asio::awaitable<std::optional<std::size_t>> read(std::span<char> buffer) = 0;
};

}  // namespace rfi::api
