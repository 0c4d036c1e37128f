// What can be asked over the control socket: a request is a JSON object whose `command` names one
// of these, the answer a JSON object with `ok`, and with `error` (a sentence) if that is false.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace rfi::daemon {

/// The request is the whole object, `command` included. What it throws becomes the error of the
/// answer, so its text must hold no value of a document.
using ControlCommand =
    std::function<boost::asio::awaitable<std::string>(boost::json::object request)>;

class ControlCommands {
 public:
  void add(std::string name, ControlCommand command);

  /// Answers one line. Must outlive the awaitable.
  boost::asio::awaitable<std::string> answer(std::string line);

 private:
  std::map<std::string, ControlCommand, std::less<>> commands_;
};

/// `{"ok":false,"error":…}`
[[nodiscard]] std::string refusal(std::string_view error);

}  // namespace rfi::daemon
