// The file that is shipped must say the truth: it is what operators read instead of the code.
#include "support/temporary_directory.hpp"

#include "rfi/platform/config_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

namespace rfi::platform {
namespace {

std::string shipped() {
  return test::read_file(RFI_SHIPPED_CONFIG);
}

// Takes the "#" from every line that shows a key with its default.
std::string with_defaults_set(const std::string& text) {
  static const std::regex commented_key("^#([A-Za-z_]+ = .*)$");
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    result.append(std::regex_replace(line, commented_key, "$1")).append("\n");
  }
  return result;
}

Config parsed(const std::string& text) {
  const ConfigResult result = parse_config(text, "rfi-submitd.toml");
  if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    for (const ConfigProblem& problem : *problems) {
      ADD_FAILURE() << to_string(problem);
    }
    return {};
  }
  return std::get<Config>(result);
}

Config defaults() {
  Config config;
  config.api.base_url = "https://sandbox.api.fin.com";
  config.auth.client_id = "your-client-id";
  return config;
}

TEST(ShippedConfig, SetsNothingButWhatHasNoDefault) {
  EXPECT_EQ(parsed(shipped()), defaults());
}

TEST(ShippedConfig, ShowsTheDefaults) {
  const std::string text = with_defaults_set(shipped());
  ASSERT_NE(text, shipped());
  EXPECT_EQ(parsed(text), defaults());
}

// Every key but those of the alias, which has no default and is shown as an example.
TEST(ShippedConfig, ShowsEveryKeyOnce) {
  std::istringstream lines(with_defaults_set(shipped()));
  const std::regex header("^\\[([a-z.]+)\\]$");
  const std::regex assignment("^([A-Za-z_]+) = .*$");
  std::multiset<std::string> shown;
  std::string table;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, header)) {
      table = match[1];
      shown.insert(table);
    } else if (std::regex_match(line, match, assignment)) {
      std::string key = table;
      shown.insert(key.append(".").append(match[1].str()));
    }
  }
  for (const std::string& key : config_keys()) {
    if (!key.starts_with("allowlist.alias")) {
      EXPECT_EQ(shown.count(key), 1U) << key;
    }
  }
  const std::string text = shipped();
  for (const char* const part : {"[[allowlist.alias]]", "section = ", "field = ", "as = "}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
}

TEST(ShippedConfig, ExplainsTheAliasWithAnExampleThatWorks) {
  static const std::regex example_line("^#   ([^(]*[^( ]) *(\\(.*\\))?$");
  std::istringstream lines(shipped());
  std::string example;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, example_line)) {
      example.append(match[1].str()).append("\n");
    }
  }
  const Config config = parsed("api.base_url = \"https://h\"\nauth.client_id = \"me\"\n" + example);
  const std::vector<AllowlistAlias> expected = {
      {.section = "tax_info", .field = "text", .as = "supporting_documents.files"}};
  EXPECT_EQ(config.allowlist.aliases, expected);
}

TEST(ConfigKeys, NamesEachKeyOnce) {
  const std::vector<std::string> keys = config_keys();
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), keys.size());
  for (const char* const key : {"queue.path", "api.look_path", "allowlist.alias.as", "log.level"}) {
    EXPECT_NE(std::ranges::find(keys, key), keys.end()) << key;
  }
}

}  // namespace
}  // namespace rfi::platform
