#include "sandbox/sandbox.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rfi::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view kCustomers = "/sandbox/customers/";

Answer done() {
  return json_answer(200, json::object{});
}

Answer get(const Sandbox& sandbox, const Request& request) {
  if (request.path == "/sandbox/requests") {
    LogFilter filter;
    filter.customer = query_value(request, "customer");
    if (filter.customer.has_value()) {
      filter.customer = lower(*filter.customer);
    }
    filter.method = query_value(request, "method");
    filter.after = std::strtoull(query_value(request, "after").value_or("0").c_str(), nullptr, 10);
    return json_answer(200, sandbox.log.list(filter));
  }
  if (request.path == "/sandbox/summary") {
    return json_answer(200, sandbox.log.summary());
  }
  if (request.path == "/sandbox/violations") {
    return json_answer(200, sandbox.log.violations());
  }
  if (request.path == "/sandbox/uploads") {
    return json_answer(200, sandbox.uploads.taken());
  }
  if (request.path == "/sandbox/faults") {
    return json_answer(200, sandbox.faults.list());
  }
  if (request.path.starts_with(kCustomers)) {
    const std::optional<json::object> account =
        sandbox.customers.account(request.path.substr(kCustomers.size()));
    if (account.has_value()) {
      return json_answer(200, *account);
    }
  }
  return message_answer(404, "Not a path of the sandbox");
}

Answer change(Sandbox& sandbox, const Request& request) {
  boost::system::error_code error;
  const json::value body = json::parse(request.body, error);
  if (error) {
    return message_answer(400, "The body is not valid JSON");
  }
  try {
    if (request.method == "PUT" && request.path.starts_with(kCustomers)) {
      if (!body.is_object()) {
        return message_answer(400, "The body must be an object");
      }
      sandbox.customers.put(request.path.substr(kCustomers.size()), body.get_object());
      return done();
    }
    if (request.method == "POST" && request.path == "/sandbox/faults") {
      sandbox.faults.add(body);
      return done();
    }
  } catch (const std::invalid_argument& problem) {
    return message_answer(400, problem.what());
  }
  return message_answer(404, "Not a path of the sandbox");
}

Answer remove(Sandbox& sandbox, const Request& request) {
  const std::string_view what =
      std::string_view{request.path}.substr(std::string_view{"/sandbox"}.size());
  const bool all = what.empty();
  bool known = all;
  const auto named = [&](std::string_view name) {
    known = known || what == name;
    return all || what == name;
  };
  if (named("/faults")) {
    sandbox.faults.clear();
  }
  if (named("/requests")) {
    sandbox.log.clear();
  }
  if (named("/uploads")) {
    sandbox.uploads.clear();
  }
  if (named("/violations")) {
    sandbox.log.clear_violations();
  }
  if (named("/customers")) {
    sandbox.customers.clear();
  }
  const std::string kind = query_value(request, "kind").value_or("");
  if (named("/tokens")) {
    if (kind != "refresh") {
      sandbox.tokens.revoke_access();
    }
    if (kind != "access") {
      sandbox.tokens.revoke_refresh();
    }
  }
  return known ? done() : message_answer(404, "Not a path of the sandbox");
}

}  // namespace

bool is_admin(const Request& request) {
  return request.path == "/sandbox" || request.path.starts_with("/sandbox/");
}

Answer answer_admin(Sandbox& sandbox, const Request& request) {
  if (request.method == "GET") {
    return get(sandbox, request);
  }
  if (request.method == "DELETE") {
    return remove(sandbox, request);
  }
  return change(sandbox, request);
}

}  // namespace rfi::sandbox
