#include "control/control_commands.hpp"

#include "control/members.hpp"
#include "output/json_writer.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <exception>
#include <utility>

namespace rfi::daemon {

namespace json = boost::json;

void ControlCommands::add(std::string name, ControlCommand command) {
  commands_.insert_or_assign(std::move(name), std::move(command));
}

boost::asio::awaitable<std::string> ControlCommands::answer(std::string line) {
  boost::system::error_code error;
  json::value request = json::parse(line, error);
  if (error || !request.is_object()) {
    co_return refusal("a request is one JSON object on one line");
  }
  const auto name = text_in(request.as_object(), "command");
  if (!name) {
    co_return refusal("`command` must name what is asked");
  }
  const auto found = commands_.find(*name);
  if (found == commands_.end()) {
    co_return refusal("this daemon knows no such command: is it older than what asks it?");
  }
  json::object asked = std::move(request.as_object());
  std::string trouble;
  try {
    co_return co_await found->second(std::move(asked));
  } catch (const std::exception& thrown) {
    trouble = thrown.what();
  }
  co_return refusal(trouble);
}

std::string refusal(std::string_view error) {
  JsonWriter json;
  json.begin_object().member("ok", false).member("error", error).end_object();
  return json.take();
}

}  // namespace rfi::daemon
