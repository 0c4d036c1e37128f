// Requests and answers as values; how they travel is the session's business.
#pragma once

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rfi::sandbox {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string target;
  std::string path;   // the target without its query
  std::string query;  // without the question mark
  std::string
      customer;  // the UUID of /v1/customers/{id} or /v2/customers/{id} in lower case, or empty
  std::string authorization;
  std::string content_type;
  Headers headers;  // names in lower case; Authorization is not among them
  std::string body;
};

struct Answer {
  unsigned status = 0;
  Headers headers;
  std::string body;
};

/// Splits `target` into path, query and customer.
void set_target(Request& request, std::string_view target);

/// The value of `name` in the query; no percent decoding.
[[nodiscard]] std::optional<std::string> query_value(const Request& request, std::string_view name);

[[nodiscard]] Answer json_answer(unsigned status, const boost::json::value& body);

/// `{"message": ...}`: what the API says with 401, 404 and 423.
[[nodiscard]] Answer message_answer(unsigned status, std::string_view message);

enum class Persistence { keep_alive, close };

/// The answer's bytes, Content-Length and Connection included.
[[nodiscard]] std::string render(const Answer& answer, Persistence persistence);

/// ASCII only.
[[nodiscard]] std::string lower(std::string_view text);

}  // namespace rfi::sandbox
