#include "purge_answer.hpp"

#include "control/control_commands.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace rfi::daemon {

namespace asio = boost::asio;
namespace json = boost::json;

asio::awaitable<std::string> answer_purge(RetentionTask& retention, json::object request) {
  const json::value* customer = request.if_contains("customer");
  RetentionEnd end;
  if (customer == nullptr) {
    end = co_await retention.apply();
  } else if (customer->is_string()) {
    std::string id(customer->as_string());
    end = co_await retention.erase_customer(std::move(id));
  } else {
    co_return refusal("`customer` must be the UUID of the customer");
  }
  json::object answer = purge_object(end);
  answer["ok"] = true;
  co_return json::serialize(answer);
}

json::object purge_object(const RetentionEnd& end) {
  json::object object;
  object["erased"] = static_cast<std::int64_t>(end.report.erased);
  object["deleted"] = static_cast<std::int64_t>(end.report.deleted);
  object["freed_bytes"] = end.report.freed_bytes;
  json::array pending;
  for (const std::string& reference : end.report.live) {
    pending.emplace_back(reference);
  }
  object["pending"] = std::move(pending);
  object["trouble"] = nullptr;
  if (!end.trouble.empty()) {
    object["trouble"] = end.trouble;
  }
  return object;
}

}  // namespace rfi::daemon
