#include "commands/daemon_view.hpp"

#include "control/control_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace rfi::daemon {

namespace json = boost::json;

DaemonView ask(const platform::Config& config,
               const json::object& question,
               std::chrono::milliseconds patience) {
  auto asked = ask_daemon(config.queue.path, json::serialize(question), patience);
  if (const auto* nobody = std::get_if<NobodyThere>(&asked)) {
    return {{}, nobody->reason};
  }
  boost::system::error_code error;
  json::value answer = json::parse(std::get<std::string>(asked), error);
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

std::string from_file_alone(const DaemonView& daemon) {
  return fmt::format("Read from the queue's file alone: {}.\n", daemon.reason);
}

}  // namespace rfi::daemon
