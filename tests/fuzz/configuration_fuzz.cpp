// Configuration files: a configuration whose numbers make sense, or problems with places in the
// file and none of its values.
#include "fuzz/fuzz_target.hpp"

#include "rfi/api/endpoint.hpp"
#include "rfi/platform/config_file.hpp"
#include "rfi/platform/toml_document.hpp"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

namespace {

using rfi::fuzz::require;
using rfi::platform::Config;
using rfi::platform::ConfigProblem;
using rfi::platform::TomlNode;
using rfi::platform::TomlTable;

/// Shorter ones stand in any sentence by chance.
constexpr std::size_t kShortestTelling = 12;

void collect_values(const TomlNode& node, std::vector<std::string>& values) {
  if (const auto* text = std::get_if<std::string>(&node.value)) {
    if (text->size() >= kShortestTelling) {
      values.push_back(*text);
    }
  } else if (const auto* list = std::get_if<std::vector<TomlNode>>(&node.value)) {
    for (const TomlNode& item : *list) {
      collect_values(item, values);
    }
  } else if (const auto* table = std::get_if<TomlTable>(&node.value)) {
    for (const auto& entry : table->entries) {
      collect_values(entry.node, values);
    }
  }
}

void collect_names(const TomlNode& node, std::string& names) {
  if (const auto* list = std::get_if<std::vector<TomlNode>>(&node.value)) {
    for (const TomlNode& item : *list) {
      collect_names(item, names);
    }
  } else if (const auto* table = std::get_if<TomlTable>(&node.value)) {
    for (const auto& entry : table->entries) {
      names += entry.key + "\n";
      collect_names(entry.node, names);
    }
  }
}

/// Values that are no words of our own messages: found in one, they came from the file.
std::vector<std::string> telling_values(std::string_view text) {
  std::vector<std::string> values;
  auto parsed = rfi::platform::parse_toml(text);
  if (auto* table = std::get_if<TomlTable>(&parsed)) {
    const TomlNode root{.at = {}, .value = std::move(*table)};
    collect_values(root, values);
    std::string names;
    collect_names(root, names);
    for (const std::string& key : rfi::platform::config_keys()) {
      names += key + "\n";
    }
    std::erase_if(values,
                  [&](const std::string& value) { return names.find(value) != std::string::npos; });
    // Only what nobody writes in a sentence: it has a digit in it, and it is not the path that a
    // message gives as its example.
    const std::string example = Config{}.api.look_path;
    std::erase_if(values, [&](const std::string& value) {
      return value.find_first_of("0123456789") == std::string::npos ||
             example.find(value) != std::string::npos;
    });
  }
  return values;
}

void check_problems(const std::vector<ConfigProblem>& problems, std::string_view text) {
  require(!problems.empty(), "a file that is refused has a problem");
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  const auto values = telling_values(text);
  for (const ConfigProblem& problem : problems) {
    require(problem.line <= lines, "a problem lies in the file");
    require(!problem.message.empty() && rfi::fuzz::is_clean_text(problem.message),
            "a problem may stand in a log line");
    for (const std::string& value : values) {
      require(problem.message.find(value) == std::string::npos,
              "a problem shows no value of the file");
    }
  }
}

void check_config(const Config& config) {
  const auto& submission = config.submission;
  require(submission.max_in_flight >= 1 && submission.max_open >= submission.max_in_flight,
          "something can be sent");
  require(submission.rate_limit >= 0 && submission.max_body_bytes > 0,
          "limits let something through");
  require(config.retry.initial_delay.count() > 0 &&
              config.retry.max_delay >= config.retry.initial_delay,
          "the backoff grows");
  require(config.retry.max_attempts >= 1, "an RFI is tried");
  require(config.api.connect_timeout.count() > 0 && config.api.request_timeout.count() > 0,
          "a request has time");
  const auto endpoint = rfi::api::parse_endpoint(config.api.base_url);
  require(endpoint.has_value(), "what is taken for the API's address is one");
  require(rfi::fuzz::is_clean_text(rfi::api::host_header(*endpoint) + endpoint->prefix +
                                   config.api.idempotency_header + config.api.look_path),
          "what goes into a request's head cannot break it");
  require(config.api.proxy.empty() || rfi::api::parse_proxy(config.api.proxy),
          "what is taken for a proxy's address is one");
  require(!config.auth.client_id.empty(), "the client has a name");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto text = rfi::fuzz::text_of(bytes, size);
  const auto result = rfi::platform::parse_config(text, "fuzz.toml");
  if (const auto* config = std::get_if<Config>(&result)) {
    check_config(*config);
  } else {
    check_problems(std::get<std::vector<ConfigProblem>>(result), text);
  }
  return 0;
}
