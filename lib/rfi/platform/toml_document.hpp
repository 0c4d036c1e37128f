// A TOML file as plain values with their positions. The only source that sees toml++ is
// toml_document.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rfi::platform {

/// Where something stands, counted from 1; the column in characters.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  auto operator<=>(const Position&) const = default;
};

struct TomlEntry;

struct TomlTable {
  std::vector<TomlEntry> entries;
  /// The value of `key`, owned by the table; null when it is absent.
  [[nodiscard]] const struct TomlNode* find(std::string_view key) const;
};

struct TomlNode {
  Position at;
  /// monostate stands for dates and times, which no key takes.
  std::variant<std::monostate,
               bool,
               std::int64_t,
               double,
               std::string,
               std::vector<TomlNode>,
               TomlTable>
      value;
};

struct TomlEntry {
  std::string key;
  Position at;  ///< of the key; the value has its own
  TomlNode node;
};

struct TomlError {
  Position at;
  std::string message;  ///< holds nothing of the text but names of keys
};

/// The document, or the first place where it is not TOML.
[[nodiscard]] std::variant<TomlTable, TomlError> parse_toml(std::string_view text);

}  // namespace rfi::platform
