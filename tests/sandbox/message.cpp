#include "sandbox/message.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace rfi::sandbox {
namespace {

std::string_view reason(unsigned status) {
  switch (status) {
    case 100:
      return "Continue";
    case 103:
      return "Early Hints";
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 422:
      return "Unprocessable Entity";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Scripted";
  }
}

}  // namespace

void set_target(Request& request, std::string_view target) {
  request.target = target;
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  request.query = question == std::string_view::npos ? "" : target.substr(question + 1);
  for (const std::string_view prefix : {"/v1/customers/", "/v2/customers/"}) {
    const std::string_view path{request.path};
    constexpr std::size_t kUuidLength = 36;
    if (path.starts_with(prefix) && path.size() == prefix.size() + kUuidLength) {
      request.customer = lower(path.substr(prefix.size()));
    }
  }
}

std::optional<std::string> query_value(const Request& request, std::string_view name) {
  std::string_view rest{request.query};
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
      return std::string{pair.substr(name.size() + 1)};
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::nullopt;
}

Answer json_answer(unsigned status, const boost::json::value& body) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}},
          .body = boost::json::serialize(body)};
}

Answer message_answer(unsigned status, std::string_view message) {
  return json_answer(status, boost::json::object{{"message", message}});
}

std::string render(const Answer& answer, Persistence persistence) {
  std::string bytes = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  bytes.append(reason(answer.status)).append("\r\nServer: rfi-sandbox\r\n");
  for (const auto& [name, value] : answer.headers) {
    bytes.append(name).append(": ").append(value).append("\r\n");
  }
  if (persistence == Persistence::close) {
    bytes.append("Connection: close\r\n");
  }
  bytes.append("Content-Length: ").append(std::to_string(answer.body.size()));
  return bytes.append("\r\n\r\n").append(answer.body);
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (char& letter : result) {
    if (letter >= 'A' && letter <= 'Z') {
      letter = static_cast<char>(letter - 'A' + 'a');
    }
  }
  return result;
}

}  // namespace rfi::sandbox
