// From the configuration file to a Config, or to everything that is wrong with it.
#pragma once

#include "rfi/platform/config.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rfi::platform {

/// One thing that is wrong with the file and what to write instead. Never holds a value of the
/// file.
struct ConfigProblem {
  std::string file;
  std::uint32_t line = 0;    ///< counted from 1; 0: the problem is the file itself
  std::uint32_t column = 0;  ///< in characters, counted from 1
  std::string message;
  bool operator==(const ConfigProblem&) const = default;
};

/// `file:line:column: message`, as compilers write it.
[[nodiscard]] std::string to_string(const ConfigProblem& problem);

/// The configuration, or all its problems in the order of the file.
using ConfigResult = std::variant<Config, std::vector<ConfigProblem>>;

/// Reads and judges `path`. A file that cannot be read is a problem like any other.
[[nodiscard]] ConfigResult load_config(const std::filesystem::path& path);

/// Judges `text`; `source_name` stands in the problems. After a syntax error nothing further is
/// judged.
[[nodiscard]] ConfigResult parse_config(std::string_view text, const std::string& source_name);

/// Every key that may stand in the file, as `table.key`.
[[nodiscard]] std::vector<std::string> config_keys();

}  // namespace rfi::platform
