#include "rfi/allowlist/names.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rfi::allowlist {
namespace {

constexpr std::size_t kLongestShownName = 64;
constexpr std::size_t kShownProblems = 8;

// Not <cctype>: its answers depend on the locale.
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_name_letter(char c) {
  return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z') || c == '_';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_name_letter);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash_here = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash_here ? text[i] != '-' : !is_hex(text[i])) {
      return false;
    }
  }
  return true;
}

std::string_view shown(std::string_view text) {
  return text.size() <= kLongestShownName && is_name(text) ? text : "?";
}

std::string_view party_key(std::string_view text, std::string& room) {
  if (!is_uuid(text) || std::ranges::none_of(text, is_upper)) {
    return text;
  }
  room.assign(text);
  for (char& c : room) {
    if (is_upper(c)) {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return room;
}

void Problems::add(std::string sentence) {
  ++count_;
  if (first_.size() < kShownProblems) {
    first_.push_back(std::move(sentence));
  }
}

std::string Problems::text() const {
  return join_first(first_, count_, "; ");
}

std::string join_first(const std::vector<std::string>& items,
                       std::size_t total,
                       std::string_view separator) {
  std::string text;
  const std::size_t named = std::min(items.size(), kShownProblems);
  for (std::size_t i = 0; i < named; ++i) {
    if (i > 0) {
      text += separator;
    }
    text += items[i];
  }
  if (total > named) {
    text.append(separator).append("and ").append(std::to_string(total - named)).append(" more");
  }
  return text;
}

}  // namespace rfi::allowlist
