#include "rfi/api/request_text.hpp"

#include <algorithm>
#include <stdexcept>

namespace rfi::api {
namespace {

bool ends_a_line(char character) {
  return character == '\r' || character == '\n' || character == '\0';
}

}  // namespace

std::string request_text(const Endpoint& endpoint,
                         const RequestHeaders& headers,
                         const RequestParts& parts) {
  std::string text;
  // Enough for all of it: a buffer that grows would leave a copy of the token behind.
  text.reserve(512 + endpoint.prefix.size() + parts.path.size() + headers.host.size() +
               headers.user_agent.size() + headers.idempotency_header.size() +
               parts.idempotency_key.size() + parts.bearer.size() + parts.content_type.size() +
               parts.json.size());
  const auto add_header = [&text](std::string_view name, std::string_view value) {
    // It would begin another header, or another request.
    if (std::ranges::any_of(value, ends_a_line)) {
      throw std::invalid_argument("a header's value holds a line break or a NUL");
    }
    text.append(name).append(": ").append(value).append("\r\n");
  };
  text.append(parts.method).append(" ").append(endpoint.prefix).append(parts.path);
  text.append(" HTTP/1.1\r\n");
  add_header("Host", headers.host);
  add_header("User-Agent", headers.user_agent);
  add_header("Accept", "application/json");
  // Without it every coding would be welcome (RFC 9110, 12.5.3), and none can be read here.
  add_header("Accept-Encoding", "identity");
  if (!parts.bearer.empty()) {
    text.append("Authorization: Bearer ").append(parts.bearer).append("\r\n");
  }
  if (!headers.idempotency_header.empty() && !parts.idempotency_key.empty()) {
    add_header(headers.idempotency_header, parts.idempotency_key);
  }
  if (!parts.json.empty()) {
    add_header("Content-Type", parts.content_type);
    add_header("Content-Length", std::to_string(parts.json.size() + parts.streamed_bytes));
  }
  text.append("\r\n").append(parts.json);
  // By itself: what append() returns would be copied, and only the copy wiped.
  return text;
}

}  // namespace rfi::api
