#include "commands/daemon_view.hpp"

#include "control/control_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace rfi::daemon {

namespace json = boost::json;

DaemonView ask(const platform::Config& config, const json::object& question) {
  auto asked = ask_daemon(config.queue.path, json::serialize(question));
  if (const auto* nobody = std::get_if<NobodyThere>(&asked)) {
    return {{}, nobody->reason};
  }
  boost::system::error_code error;
  json::value answer = json::parse(std::get<ControlReply>(asked).line, error);
  if (error || !answer.is_object()) {
    return {{}, "the daemon's answer cannot be read: is it of another version?"};
  }
  if (!truth_in(answer.as_object(), "ok")) {
    return {{}, text_in(answer.as_object(), "error").value_or("the daemon said no")};
  }
  return {std::move(answer.as_object()), ""};
}

DaemonView ask(const platform::Config& config, std::string_view command) {
  json::object question;
  question["command"] = command;
  return ask(config, question);
}

std::optional<std::int64_t> integer_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? std::optional(value->as_int64()) : std::nullopt;
}

std::optional<double> number_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_number() ? std::optional(value->to_number<double>())
                                                : std::nullopt;
}

std::optional<std::string> text_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::optional(std::string(value->as_string()))
                                                : std::nullopt;
}

bool truth_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->as_bool();
}

json::object object_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? value->as_object() : json::object{};
}

std::string from_file_alone(const DaemonView& daemon) {
  return fmt::format("Read from the queue's file alone: {}.\n", daemon.reason);
}

}  // namespace rfi::daemon
