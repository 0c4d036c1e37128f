// What came back from one attempt, before anybody judges it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace rfi::policy {

/// What the answer's body turned out to be; only a 2xx needs to be told apart by it.
enum class Payload { empty, json_object, other };

/// The pause an answer asked for with `Retry-After`.
struct RetryAfter {
  std::chrono::milliseconds delay{0};
  bool capped = false;  ///< it asked for more than 24 h and was cut to that
  bool operator==(const RetryAfter&) const = default;
};

/// A complete answer.
struct Response {
  unsigned status = 0;
  Payload payload = Payload::empty;
  std::optional<RetryAfter> retry_after;
  std::string body;  ///< at most 1 MiB
  std::string
      request_id;  ///< from an `x-request-id`-like header, printable ASCII, at most 128 bytes
};

/// Where a request was when it failed.
enum class Phase { token, resolve, connect, handshake, write, read };

/// Whether any byte of the request was taken by the kernel: decides between `not_sent` and
/// `unknown`.
enum class BytesLeft { no, yes };

/// No complete answer.
struct TransportFailure {
  Phase phase = Phase::connect;
  BytesLeft bytes_left = BytesLeft::no;
  std::string
      error;  ///< class, one word for the audit: `timeout`, `refused`, `reset`, `tls_verify`, ...
  std::string detail;  ///< one sentence for a human, without secrets
};

/// Ended by our own stop.
struct Stopped {
  BytesLeft bytes_left = BytesLeft::no;
};

using AttemptResult = std::variant<Response, TransportFailure, Stopped>;

}  // namespace rfi::policy
