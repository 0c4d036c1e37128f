#include "rfi/platform/config_file.hpp"

#include "rfi/platform/config_sections.hpp"
#include "rfi/platform/small_file.hpp"
#include "rfi/platform/toml_document.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace rfi::platform {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1024} * 1024;

ConfigProblem problem_at(const std::string& file, Position at, std::string message) {
  return {.file = file, .line = at.line, .column = at.column, .message = std::move(message)};
}

}  // namespace

std::string to_string(const ConfigProblem& problem) {
  std::string text = problem.file;
  if (problem.line != 0) {
    text.append(":").append(std::to_string(problem.line));
    text.append(":").append(std::to_string(problem.column));
  }
  return text.append(": ").append(problem.message);
}

ConfigResult parse_config(std::string_view text, const std::string& source_name) {
  const auto parsed = parse_toml(text);
  if (const auto* error = std::get_if<TomlError>(&parsed)) {
    return std::vector{problem_at(source_name, error->at, error->message)};
  }
  Findings findings;
  Config config = read_config(std::get<TomlTable>(parsed), findings);
  if (findings.problems.empty()) {
    return config;
  }
  std::ranges::stable_sort(findings.problems, {}, &Findings::Problem::at);
  std::vector<ConfigProblem> problems;
  problems.reserve(findings.problems.size());
  for (Findings::Problem& found : findings.problems) {
    problems.push_back(problem_at(source_name, found.at, std::move(found.message)));
  }
  return problems;
}

ConfigResult load_config(const std::filesystem::path& path) {
  const auto read = read_small_file(path, kMaxFileBytes);
  if (const auto* error = std::get_if<FileError>(&read)) {
    return std::vector{
        ConfigProblem{.file = path.string(), .line = 0, .column = 0, .message = error->reason}};
  }
  return parse_config(std::get<SmallFile>(read).content, path.string());
}

std::vector<std::string> config_keys() {
  Findings findings;
  // An empty file and one alias: every key is asked for, and that is what is looked for here.
  TomlTable document;
  TomlTable allowlist;
  const TomlNode one_alias{.at = {},
                           .value = std::vector{TomlNode{.at = {}, .value = TomlTable{}}}};
  allowlist.entries.push_back({.key = "alias", .at = {}, .node = one_alias});
  document.entries.push_back(
      {.key = "allowlist", .at = {}, .node = {.at = {}, .value = std::move(allowlist)}});
  static_cast<void>(read_config(document, findings));
  std::vector<std::string> keys;
  for (const auto& [table, known] : findings.known) {
    for (const std::string& key : known) {
      if (!table.empty()) {
        keys.push_back(std::string(table).append(".").append(key));
      }
    }
  }
  return keys;
}

}  // namespace rfi::platform
