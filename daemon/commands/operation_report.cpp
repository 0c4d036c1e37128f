#include "commands/operation_report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rfi::daemon {

std::string refusal_words(const queue::Operation& operation, const std::string& allowed) {
  switch (operation.result) {
    case queue::Operated::done:
      return "";
    case queue::Operated::unknown_reference:
      return "no RFI has this reference";
    case queue::Operated::wrong_state:
      return fmt::format("it is {}; only {}",
                         operation.state ? policy::to_string(*operation.state) : "?",
                         allowed);
    case queue::Operated::documents_erased:
      return "its documents have been erased: insert it anew under another reference";
    case queue::Operated::deadline_past:
      return "its deadline has passed: insert it anew under another reference";
  }
  return "";
}

namespace {

std::string_view code_of(queue::Operated result) {
  switch (result) {
    case queue::Operated::done:
      return "done";
    case queue::Operated::unknown_reference:
      return "unknown_reference";
    case queue::Operated::wrong_state:
      return "wrong_state";
    case queue::Operated::documents_erased:
      return "documents_erased";
    case queue::Operated::deadline_past:
      return "deadline_past";
  }
  return "";
}

void print_json(std::span<const queue::Operation> operations, const std::string& allowed) {
  JsonWriter json;
  json.begin_array();
  for (const auto& operation : operations) {
    json.begin_object().member("reference", operation.reference);
    json.member("result", code_of(operation.result));
    json.name("state_before");
    json.value(operation.state ? std::optional(policy::to_string(*operation.state)) : std::nullopt);
    json.name("refusal");
    const auto refusal = refusal_words(operation, allowed);
    json.value(refusal.empty() ? std::nullopt : std::optional(refusal)).end_object();
  }
  json.end_array();
  print(json.take() + '\n');
}

}  // namespace

ExitCode report_operations(std::span<const queue::Operation> operations,
                           const std::string& done,
                           const std::string& allowed,
                           Output output) {
  if (output == Output::json) {
    print_json(operations, allowed);
  }
  for (const auto& operation : operations) {
    const auto name = printable(operation.reference);
    if (operation.result != queue::Operated::done) {
      complain(fmt::format("{}: {}", name, refusal_words(operation, allowed)));
    } else if (output == Output::text) {
      print(fmt::format("{}: {}\n", name, done));
    }
  }
  const bool refused = std::ranges::any_of(operations, [](const queue::Operation& operation) {
    return operation.result != queue::Operated::done;
  });
  return refused ? ExitCode::bad_input : ExitCode::done;
}

}  // namespace rfi::daemon
