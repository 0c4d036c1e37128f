#include "integration/deployment.hpp"

#include "integration/documented_events.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <sys/stat.h>

#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace rfi::test {

namespace json = boost::json;

Deployment::Deployment(const DeploymentOptions& options) : sandbox_(options.sandbox_arguments) {
  configure(options);
  const FinishedChild migrated = run({"migrate"});
  if (migrated.status.code != 0) {
    throw std::runtime_error("migrate: " + migrated.standard_error);
  }
}

void Deployment::configure(const DeploymentOptions& options) {
  const std::filesystem::path secret = directory_ / "client_secret";
  write_file(secret, options.client_secret + "\n");
  ::chmod(secret.c_str(), 0600);
  std::ostringstream text;
  text << "[queue]\npath = \"" << queue().string() << "\"\n"
       << "[api]\nbase_url = \""
       << (options.base_url.empty() ? sandbox_.base_url() : options.base_url) << "\"\nca_file = \""
       << (options.ca_file.empty() ? sandbox_.ca_file().string() : options.ca_file) << "\"\n"
       << options.api << "[auth]\nclient_id = \"" << kSandboxClientId
       << "\"\nclient_secret_file = \"" << secret.string() << "\"\n"
       << "[submission]\n"
       << options.submission << "[retry]\n"
       << options.retry << "[log]\nlevel = \"trace\"\n"
       << options.more;
  write_file(directory_ / "rfi-submitd.toml", text.str());
}

ChildOptions Deployment::command(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"--config", (directory_ / "rfi-submitd.toml").string()});
  ChildOptions options;
  options.program = RFI_SUBMITD_PROGRAM;
  options.arguments = std::move(arguments);
  return options;
}

FinishedChild Deployment::run(std::vector<std::string> arguments,
                              const std::string& standard_input) const {
  ChildOptions options = command(std::move(arguments));
  options.standard_input = standard_input;
  return run_child(options, std::chrono::seconds{60});
}

void Deployment::enqueue(const std::string& reference,
                         const std::string& customer,
                         const std::string& requested,
                         const std::string& documents) const {
  const std::string document = R"({"reference":")" + reference + R"(","customer_id":")" + customer +
                               R"(","requested":)" + requested + R"(,"documents":)" + documents +
                               "}\n";
  const FinishedChild queued = run({"enqueue", "-"}, document);
  if (queued.status.code != 0) {
    throw std::runtime_error("enqueue: " + queued.standard_error);
  }
}

std::unique_ptr<ChildProcess> Deployment::start(std::vector<std::string> arguments) const {
  auto child = std::make_unique<ChildProcess>(command(std::move(arguments)));
  if (!child->wait_for_output("service.ready", std::chrono::seconds{20})) {
    throw std::runtime_error("the daemon does not start: " + child->standard_error());
  }
  return child;
}

json::object Deployment::show(const std::string& reference) const {
  const FinishedChild shown = run({"show", reference, "--json"});
  if (shown.status.code != 0) {
    throw std::runtime_error("show: " + shown.standard_error);
  }
  return json::parse(shown.standard_output).as_object();
}

std::vector<std::string> Deployment::outcomes(const std::string& reference) const {
  const json::object row = show(reference);
  std::vector<std::string> outcomes;
  for (const json::value& attempt : row.at("history").as_array()) {
    const json::value& outcome = attempt.as_object().at("outcome");
    outcomes.emplace_back(outcome.is_string() ? outcome.as_string().c_str() : "open");
  }
  return outcomes;
}

std::string Deployment::state(const std::string& reference) const {
  return show(reference).at("state").as_string().c_str();
}

std::vector<json::object> log_lines(const std::string& output) {
  std::vector<json::object> lines;
  // What follows the last line feed is a line that is being written at this moment.
  std::istringstream stream{output.substr(0, output.rfind('\n') + 1)};
  std::string line;
  while (std::getline(stream, line)) {
    lines.push_back(json::parse(line).as_object());
    if (!lines.back().contains("event")) {
      continue;  // the output of a command
    }
    if (const auto strange = undocumented(lines.back())) {
      throw std::runtime_error(*strange + " is not on the page of events (EVENTS.md): " + line);
    }
  }
  return lines;
}

std::string customer_id(unsigned number) {
  std::array<char, 40> text{};
  (void)std::snprintf(text.data(), text.size(), "%08x-0000-4000-8000-000000000000", number);
  return text.data();
}

}  // namespace rfi::test
