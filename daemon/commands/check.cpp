// `check`: could the service work? A line for each thing it needs.
#include "commands/check_line.hpp"
#include "commands/commands.hpp"
#include "output/json_writer.hpp"
#include "output/table.hpp"

#include "rfi/platform/config_file.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace rfi::daemon {
namespace {

std::string_view words_of(CheckResult result) {
  return result == CheckResult::ok ? "ok" : "problem";
}

bool has_problem(const std::vector<CheckLine>& lines) {
  return std::ranges::find(lines, CheckResult::problem, &CheckLine::result) != lines.end();
}

void say(const std::vector<CheckLine>& lines, Output output) {
  if (output == Output::text) {
    Table table;
    for (const auto& line : lines) {
      table.add({std::string(words_of(line.result)), line.name, printable(line.detail)});
    }
    print(table.take());
    return;
  }
  JsonWriter json;
  json.begin_object().name("checks").begin_array();
  for (const auto& line : lines) {
    json.begin_object().member("name", line.name).member("result", words_of(line.result));
    json.member("detail", line.detail).end_object();
  }
  json.end_array().member("result", has_problem(lines) ? "problem" : "ok").end_object();
  print(json.take() + '\n');
}

std::vector<CheckLine> lines_of(const std::vector<platform::ConfigProblem>& problems) {
  std::vector<CheckLine> lines;
  lines.reserve(problems.size());
  for (const auto& problem : problems) {
    lines.push_back({"configuration", CheckResult::problem, platform::to_string(problem)});
  }
  return lines;
}

}  // namespace

ExitCode check(const CheckOptions& options) {
  const auto loaded = platform::load_config(options.config_path);
  if (const auto* problems = std::get_if<std::vector<platform::ConfigProblem>>(&loaded)) {
    say(lines_of(*problems), options.output);
    return ExitCode::bad_configuration;
  }
  const auto& config = std::get<platform::Config>(loaded);
  std::vector<CheckLine> lines{{"configuration", CheckResult::ok, options.config_path.string()}};
  auto machine = check_machine(config);
  const bool local_problem = has_problem(machine);
  std::ranges::move(machine, std::back_inserter(lines));
  bool api_problem = false;
#ifdef RFI_HAS_CHECK_API
  // Without its secret or its certificates there is nothing to try.
  if (!local_problem) {
    auto api = check_api(config);
    api_problem = has_problem(api);
    std::ranges::move(api, std::back_inserter(lines));
  }
#endif
  say(lines, options.output);
  if (local_problem) {
    return ExitCode::bad_configuration;
  }
  return api_problem ? ExitCode::unavailable : ExitCode::done;
}

}  // namespace rfi::daemon
