#include "sandbox/sandbox.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace rfi::sandbox {
namespace {

namespace json = boost::json;

bool is_json(const Request& request) {
  return lower(request.content_type).starts_with("application/json");
}

Answer not_found() {
  return message_answer(404, "Customer not found");
}

Answer validation_failed(const std::map<std::string, std::string>& problems) {
  json::object data;
  for (const auto& [path, why] : problems) {
    data[path] = why;
  }
  return json_answer(
      400,
      json::object{{"status", 400}, {"message", "Validation failed"}, {"data", std::move(data)}});
}

Answer answer_get(const Sandbox& sandbox, const Request& request) {
  const std::string_view version = std::string_view{request.path}.substr(1, 2);
  std::optional<json::object> view = sandbox.customers.view(request.customer, version);
  if (!view.has_value()) {
    return not_found();
  }
  return json_answer(200, json::object{{"data", std::move(*view)}});
}

Answer answer_patch(Sandbox& sandbox, const Request& request) {
  boost::system::error_code error;
  const json::value body = json::parse(request.body, error);
  if (error) {
    return validation_failed({{"body", "Is not valid JSON"}});
  }
  if (const auto foreign = sandbox.uploads.foreign_uri(request.customer, body)) {
    return message_answer(403, "A file does not belong to the customer");
  }
  const PatchResult result = sandbox.customers.patch(request.customer, body);
  switch (result.verdict) {
    case PatchResult::Verdict::unknown_customer:
      return not_found();
    case PatchResult::Verdict::refused:
      return validation_failed(result.refused);
    case PatchResult::Verdict::accepted:
      break;
  }
  return json_answer(200, json::object{{"data", json::object{{"customer_id", request.customer}}}});
}

Answer content_type_refused() {
  return json_answer(422,
                     json::object{{"message", "Content-Type must be application/json"},
                                  {"errors", json::array{}}});
}

}  // namespace

Answer answer_api(Sandbox& sandbox, const Request& request, bool authorized) {
  const bool post = request.method == "POST";
  if (post && request.path == "/v1/oauth/token") {
    return is_json(request) ? sandbox.tokens.issue(request.body) : content_type_refused();
  }
  if (post && request.path == "/v1/oauth/refresh-token") {
    return is_json(request) ? sandbox.tokens.refresh(request.body) : content_type_refused();
  }
  if (!authorized) {
    return message_answer(401, "Authentication failed");
  }
  if (post && request.path == "/v1/customers/upload") {
    return sandbox.uploads.answer(request);
  }
  if (request.customer.empty()) {
    return message_answer(404, "Not found");
  }
  if (request.method == "GET") {
    return answer_get(sandbox, request);
  }
  if (request.method == "PATCH" && request.path.starts_with("/v1/")) {
    return is_json(request) ? answer_patch(sandbox, request) : content_type_refused();
  }
  return message_answer(405, "Method not allowed");
}

}  // namespace rfi::sandbox
