// Names, UUIDs and the problems found on the way: what may be shown of them, and how much.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::allowlist {

/// True for one or more of `A-Z a-z 0-9 _`: the path grammar's `name` and `type`.
[[nodiscard]] bool is_name(std::string_view text);

/// True for 8-4-4-4-12 hexadecimal digits in any case.
[[nodiscard]] bool is_uuid(std::string_view text);

/// `text` if it is a name of at most 64 bytes, else `?`: anything else might be somebody's data.
[[nodiscard]] std::string_view shown(std::string_view text);

/// What party ids are compared by: a UUID in lower case, any other id as it is.
/// The answer is a view of `text`, or of `room` where a letter had to change.
[[nodiscard]] std::string_view party_key(std::string_view text, std::string& room);

/// Collects sentences, so that a producer sees all that is wrong at once; keeps the first eight and
/// counts the rest.
class Problems {
 public:
  void add(std::string sentence);
  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// The sentences joined by "; ", and how many more there are.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::string> first_;
  std::size_t count_ = 0;
};

/// The first eight of `items` joined by `separator`, then "and N more".
[[nodiscard]] std::string join_first(const std::vector<std::string>& items,
                                     std::size_t total,
                                     std::string_view separator);

}  // namespace rfi::allowlist
