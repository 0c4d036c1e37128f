// A request as it goes over the wire: one buffer, one write.
#pragma once

#include "rfi/api/endpoint.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rfi::api {

/// What stands in every request to one endpoint.
struct RequestHeaders {
  std::string host;
  std::string user_agent;          ///< `rfi-submitd/<version>`
  std::string idempotency_header;  ///< name of the header, empty: none
};

/// The parts that differ from request to request. Values must be free of control characters: the
/// callers have checked UUIDs, references and tokens, and the configuration the rest.
struct RequestParts {
  std::string_view method;
  std::string_view path;             ///< begins with `/`, after the endpoint's prefix
  std::string_view bearer;           ///< empty: no Authorization
  std::string_view idempotency_key;  ///< empty: none
  std::string_view json;             ///< body, or the first part of one; empty: none
  std::string_view content_type = "application/json";  ///< of the body
  std::uint64_t streamed_bytes = 0;                    ///< of the body, that follow its first part
};

/// Throws std::invalid_argument where a header's value would end its line: a last guard, since what
/// follows would go out as another header or request.
[[nodiscard]] std::string request_text(const Endpoint& endpoint,
                                       const RequestHeaders& headers,
                                       const RequestParts& parts);

}  // namespace rfi::api
