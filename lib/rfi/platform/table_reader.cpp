#include "rfi/platform/table_reader.hpp"

#include "rfi/platform/duration_text.hpp"
#include "rfi/platform/escape.hpp"
#include "rfi/platform/near_miss.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <sstream>

namespace rfi::platform {
namespace {

constexpr std::string_view kDurationWanted =
    R"(must be a whole number and a unit (ms, s, m, h, d) in quotes, such as "30s" or "15m")";

std::string quoted_list(const std::vector<std::string>& words) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) {
      list += i + 1 == words.size() ? " or " : ", ";
    }
    list.append("\"").append(words[i]).append("\"");
  }
  return list;
}

std::string plain_list(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) {
    list.append(list.empty() ? "" : ", ").append(word);
  }
  return list;
}

std::string number_text(double number) {
  std::ostringstream text;
  text << number;
  return text.str();
}

}  // namespace

std::string TableReader::full_name(std::string_view key) const {
  std::string full = name_.empty() ? "" : name_ + ".";
  append_escaped(full, key);  // a key in quotes may hold anything
  return full;
}

bool TableReader::has(std::string_view key) const {
  return table_ != nullptr && table_->find(key) != nullptr;
}

void TableReader::complain(std::string_view key, const std::string& complaint) {
  const TomlNode* const node = table_ == nullptr ? nullptr : table_->find(key);
  findings_.problems.push_back({.at = node == nullptr ? at_ : node->at,
                                .message = full_name(key).append(" ").append(complaint)});
}

void TableReader::complain_of_key(std::string_view key, const std::string& complaint) {
  const auto found = std::ranges::find(table_->entries, key, &TomlEntry::key);
  findings_.problems.push_back(
      {.at = found->at, .message = full_name(key).append(" ").append(complaint)});
}

const TomlNode* TableReader::take(std::string_view key) {
  auto& known = findings_.known[name_];
  if (std::ranges::find(known, key) == known.end()) {
    known.emplace_back(key);
  }
  return table_ == nullptr ? nullptr : table_->find(key);
}

// Null when the key is absent or of another type; `fine` tells the two apart.
template <class Type>
const Type* TableReader::take_as(std::string_view key, std::string_view expected, bool& fine) {
  const TomlNode* const node = take(key);
  const auto* const value = node == nullptr ? nullptr : std::get_if<Type>(&node->value);
  fine = node == nullptr || value != nullptr;
  if (!fine) {
    complain(key, std::string(expected));
  }
  return value;
}

bool TableReader::flag(std::string_view key, bool& target) {
  bool fine = true;
  if (const auto* value = take_as<bool>(key, "must be true or false, without quotes", fine)) {
    target = *value;
  }
  return fine;
}

bool TableReader::text(std::string_view key, std::string& target, Rule rule, Presence presence) {
  bool fine = true;
  const auto* const value = take_as<std::string>(key, "must be a text in quotes", fine);
  if (value == nullptr) {
    if (fine && presence == Presence::required) {
      complain(key, "is missing: it has no default and must be set");
      return false;
    }
    return fine;
  }
  if (value->empty() && presence == Presence::optional) {
    target.clear();
    return true;
  }
  if (const Complaint complaint = rule(*value)) {
    complain(key, *complaint);
    return false;
  }
  target = *value;
  return true;
}

bool TableReader::file(std::string_view key, std::filesystem::path& target, Rule rule) {
  std::string name = target.string();
  const bool fine = text(key, name, rule);
  target = name;
  return fine;
}

bool TableReader::size(std::string_view key, std::size_t& target, Range<std::size_t> range) {
  bool fine = true;
  const auto* const value =
      take_as<std::int64_t>(key, "must be a whole number, without quotes", fine);
  if (value == nullptr) {
    return fine;
  }
  if (std::cmp_less(*value, range.least) || std::cmp_greater(*value, range.most)) {
    complain(
        key,
        "must be between " + std::to_string(range.least) + " and " + std::to_string(range.most));
    return false;
  }
  target = static_cast<std::size_t>(*value);
  return true;
}

bool TableReader::number(std::string_view key, double& target, Range<double> range) {
  const TomlNode* const node = take(key);
  if (node == nullptr) {
    return true;
  }
  double value = std::nan("");
  if (const auto* whole = std::get_if<std::int64_t>(&node->value)) {
    value = static_cast<double>(*whole);
  } else if (const auto* real = std::get_if<double>(&node->value)) {
    value = *real;
  }
  if (std::isnan(value) || value < range.least || value > range.most) {
    complain(key,
             "must be a number between " + number_text(range.least) + " and " +
                 number_text(range.most) + ", without quotes");
    return false;
  }
  target = value;
  return true;
}

bool TableReader::duration(std::string_view key,
                           std::chrono::milliseconds& target,
                           Range<std::chrono::milliseconds> range) {
  std::optional<std::chrono::milliseconds> read = target;
  const bool fine = duration_or({}, key, read, range);
  target = read.value_or(target);
  return fine;
}

bool TableReader::duration_or(std::initializer_list<std::string_view> never,
                              std::string_view key,
                              std::optional<std::chrono::milliseconds>& target,
                              Range<std::chrono::milliseconds> range) {
  const std::string alternatives =
      never.size() == 0 ? "" : ", or " + quoted_list({never.begin(), never.end()});
  bool fine = true;
  const auto* const value =
      take_as<std::string>(key, std::string(kDurationWanted) + alternatives, fine);
  if (value == nullptr) {
    return fine;
  }
  if (std::ranges::find(never, *value) != never.end()) {
    target.reset();
    return true;
  }
  const auto read = parse_duration(*value);
  if (!read) {
    complain(key, std::string(kDurationWanted) + alternatives);
    return false;
  }
  if (*read < range.least || *read > range.most) {
    complain(key,
             "must be between \"" + duration_text(range.least) + "\" and \"" +
                 duration_text(range.most) + "\"" + alternatives);
    return false;
  }
  target = *read;
  return true;
}

bool TableReader::names(std::string_view key, std::vector<std::string>& target) {
  bool fine = true;
  const auto* const elements = take_as<std::vector<TomlNode>>(
      key, R"(must be a list of names, such as ["name", "other_name"])", fine);
  if (elements == nullptr) {
    return fine;
  }
  std::vector<std::string> read;
  for (const TomlNode& element : *elements) {
    const auto* const name = std::get_if<std::string>(&element.value);
    const Complaint complaint =
        name == nullptr ? Complaint{"must be a text in quotes"} : check_name(*name);
    if (complaint) {
      fine = false;
      findings_.problems.push_back(
          {.at = element.at,
           .message = full_name(key) + "[" + std::to_string(read.size()) + "] " + *complaint});
    }
    read.push_back(name == nullptr ? "" : *name);
  }
  if (fine) {
    target = std::move(read);
  }
  return fine;
}

std::optional<std::size_t> TableReader::index_of_word(std::string_view key,
                                                      const std::vector<std::string>& words) {
  bool fine = true;
  const std::string wanted = "must be " + quoted_list(words);
  const auto* const value = take_as<std::string>(key, wanted, fine);
  if (value == nullptr) {
    return fine ? std::optional(words.size()) : std::nullopt;
  }
  const auto found = std::ranges::find(words, *value);
  if (found == words.end()) {
    const auto meant = near_miss(*value, words);
    complain(key, wanted + (meant ? "; did you mean \"" + *meant + "\"?" : ""));
    return std::nullopt;
  }
  return static_cast<std::size_t>(std::distance(words.begin(), found));
}

TableReader TableReader::table(std::string_view key) {
  bool fine = true;
  const std::string inner = full_name(key);
  const auto* const found =
      take_as<TomlTable>(key, "must be a table: write it as [" + inner + "]", fine);
  // An entry in the list of known tables even when the file leaves it out.
  findings_.known[inner];
  return {inner, found, found == nullptr ? at_ : table_->find(key)->at, findings_};
}

std::vector<TableReader> TableReader::tables(std::string_view key) {
  bool fine = true;
  const std::string inner = full_name(key);
  const std::string wanted = "must be a list of tables: write each as [[" + inner + "]]";
  std::vector<TableReader> readers;
  const auto* const elements = take_as<std::vector<TomlNode>>(key, wanted, fine);
  if (elements == nullptr) {
    return readers;
  }
  for (const TomlNode& element : *elements) {
    if (const auto* found = std::get_if<TomlTable>(&element.value)) {
      readers.emplace_back(inner, found, element.at, findings_);
    } else {
      findings_.problems.push_back(
          {.at = element.at, .message = std::string(inner).append(" ").append(wanted)});
    }
  }
  return readers;
}

std::vector<std::string> TableReader::own_keys() const {
  std::vector<std::string> keys;
  if (table_ != nullptr) {
    std::ranges::transform(table_->entries, std::back_inserter(keys), &TomlEntry::key);
  }
  return keys;
}

std::string TableReader::unknown_message(const std::string& key) const {
  const std::string name = full_name(key);
  const std::string unknown = "unknown key " + name + "; ";
  const auto& known = findings_.known[name_];
  if (const auto meant = near_miss(key, known)) {
    return unknown + "did you mean " + full_name(*meant) + "?";
  }
  for (const auto& [table, keys] : findings_.known) {
    if (table != name_ && !table.empty() && std::ranges::find(keys, key) != keys.end()) {
      return std::string(unknown).append("it belongs in [").append(table).append("]");
    }
  }
  if (names_a_secret(key)) {
    return name +
           " is refused: a secret has no place in this file. Put it into a file of its own (mode "
           "0640), name that file in auth.client_secret_file, and replace a secret that others "
           "may have read here";
  }
  return unknown + "known here: " + plain_list(known);
}

void TableReader::report_unknown() const {
  if (table_ == nullptr) {
    return;
  }
  for (const TomlEntry& entry : table_->entries) {
    const auto& known = findings_.known[name_];
    if (std::ranges::find(known, entry.key) == known.end()) {
      findings_.problems.push_back({.at = entry.at, .message = unknown_message(entry.key)});
    }
  }
}

}  // namespace rfi::platform
