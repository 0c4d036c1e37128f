#include "rfi/platform/toml_document.hpp"

#include "rfi/platform/escape.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cstddef>

namespace rfi::platform {
namespace {

Position position_of(const toml::source_region& region) {
  return {.line = std::max<std::uint32_t>(1, region.begin.line),
          .column = std::max<std::uint32_t>(1, region.begin.column)};
}

TomlTable table_of(const toml::table& table);

TomlNode node_of(const toml::node& node) {
  TomlNode result{.at = position_of(node.source()), .value = {}};
  if (const auto* text = node.as_string()) {
    result.value = text->get();
  } else if (const auto* integer = node.as_integer()) {
    result.value = integer->get();
  } else if (const auto* number = node.as_floating_point()) {
    result.value = number->get();
  } else if (const auto* flag = node.as_boolean()) {
    result.value = flag->get();
  } else if (const auto* table = node.as_table()) {
    result.value = table_of(*table);
  } else if (const auto* array = node.as_array()) {
    std::vector<TomlNode> elements;
    elements.reserve(array->size());
    for (const toml::node& element : *array) {
      elements.push_back(node_of(element));
    }
    result.value = std::move(elements);
  }
  return result;
}

TomlTable table_of(const toml::table& table) {
  TomlTable result;
  result.entries.reserve(table.size());
  for (const auto& [key, node] : table) {
    result.entries.push_back(
        {.key = std::string(key.str()), .at = position_of(key.source()), .node = node_of(node)});
  }
  return result;
}

// toml++ quotes what it stumbled over, and that may be a piece of a secret; a repeated key's name
// is none.
std::string message_of(std::string_view description) {
  if (description.find("cannot redefine") == std::string_view::npos) {
    description = description.substr(0, description.find(", saw '"));
    description = description.substr(0, description.find('\''));
  }
  while (description.ends_with(' ') || description.ends_with(':')) {
    description.remove_suffix(1);
  }
  std::string message = "not valid TOML: ";
  append_escaped(message, description);
  if (description.ends_with("could not determine value type")) {
    message += "; texts and durations stand in quotes";
  }
  return message;
}

}  // namespace

const TomlNode* TomlTable::find(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &TomlEntry::key);
  return found == entries.end() ? nullptr : &found->node;
}

std::variant<TomlTable, TomlError> parse_toml(std::string_view text) {
  try {
    return table_of(toml::parse(text));
  } catch (const toml::parse_error& error) {
    return TomlError{.at = position_of(error.source()), .message = message_of(error.description())};
  }
}

}  // namespace rfi::platform
