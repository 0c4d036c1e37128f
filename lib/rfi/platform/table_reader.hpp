// Reads one table of the configuration key by key: right type, right range, or a problem with its
// position. Which keys there are, and what they mean, is in config_sections.cpp.
#pragma once

#include "rfi/platform/config_rules.hpp"
#include "rfi/platform/toml_document.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rfi::platform {

/// What is wrong so far, and which keys have been asked for: the latter is what tells a misspelt
/// key from a known one.
struct Findings {
  struct Problem {
    Position at;
    std::string message;
  };
  std::vector<Problem> problems;
  std::map<std::string, std::vector<std::string>>
      known;  ///< table -> its keys, in the order they were read
};

/// A view of one table; the document and the findings must outlive it.
class TableReader {
 public:
  using Rule = Complaint (*)(std::string_view);
  template <class Number>
  struct Range {
    Number least;
    Number most;
  };
  template <class Word>
  using Words = std::initializer_list<std::pair<std::string_view, Word>>;
  /// `optional`: an empty text stands for "not set". `with_default`: it must not be empty.
  enum class Presence { optional, with_default, required };

  /// `table` may be null: then every key is absent. `name` is "api", or "" for the file itself.
  TableReader(std::string name, const TomlTable* table, Position at, Findings& findings)
      : name_(std::move(name)), table_(table), at_(at), findings_(findings) {}

  // Each returns false after it has reported a problem. An absent key leaves the target as it is.
  bool flag(std::string_view key, bool& target);
  bool text(std::string_view key,
            std::string& target,
            Rule rule,
            Presence presence = Presence::optional);
  bool file(std::string_view key, std::filesystem::path& target, Rule rule);
  bool size(std::string_view key, std::size_t& target, Range<std::size_t> range);
  bool number(std::string_view key, double& target, Range<double> range);
  bool duration(std::string_view key,
                std::chrono::milliseconds& target,
                Range<std::chrono::milliseconds> range);
  /// A duration, or one of `never`, which stand for nothing.
  bool duration_or(std::initializer_list<std::string_view> never,
                   std::string_view key,
                   std::optional<std::chrono::milliseconds>& target,
                   Range<std::chrono::milliseconds> range);
  bool names(std::string_view key, std::vector<std::string>& target);

  template <class Word>
  bool word(std::string_view key, Word& target, Words<Word> words) {
    std::vector<std::string> spellings;
    for (const auto& [spelling, value] : words) {
      spellings.emplace_back(spelling);
    }
    const auto index = index_of_word(key, spellings);
    if (index.has_value() && *index < words.size()) {
      target = std::next(words.begin(), static_cast<std::ptrdiff_t>(*index))->second;
    }
    return index.has_value();
  }

  /// A reader for the table `key` in this one. It is read as empty when absent or of another type.
  TableReader table(std::string_view key);
  /// A reader for each element of the array of tables `key`.
  std::vector<TableReader> tables(std::string_view key);
  /// Everything in this table, for one whose keys are the operator's own.
  [[nodiscard]] std::vector<std::string> own_keys() const;

  /// Whether the key stands in the file.
  [[nodiscard]] bool has(std::string_view key) const;

  /// Reports a problem with `key`, at its value, or at the table when it is absent. `complaint`
  /// goes on from its name.
  void complain(std::string_view key, const std::string& complaint);

  /// The same about the key itself, at its name.
  void complain_of_key(std::string_view key, const std::string& complaint);

  /// Reports every key that was never asked for. To be called when all tables have been read.
  void report_unknown() const;

 private:
  const TomlNode* take(std::string_view key);
  template <class Type>
  const Type* take_as(std::string_view key, std::string_view expected, bool& fine);
  std::optional<std::size_t> index_of_word(std::string_view key,
                                           const std::vector<std::string>& words);
  [[nodiscard]] std::string full_name(std::string_view key) const;
  [[nodiscard]] std::string unknown_message(const std::string& key) const;

  std::string name_;
  const TomlTable* table_;
  Position at_;
  Findings& findings_;
};

}  // namespace rfi::platform
