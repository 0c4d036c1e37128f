// What an RFI asks for, read from `requested` into grants. What they let through is decided in
// body.cpp.
#pragma once

#include "rfi/allowlist/catalogue.hpp"
#include "rfi/allowlist/names.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::allowlist {

enum class Side { any, front, back };

/// One thing the RFI asks for. "Any" is an absent value, never an empty one.
struct Grant {
  std::optional<std::string_view> party;  ///< absent: the customer's own; as party_key gives it
  std::string_view section;
  std::optional<std::string_view> type;   ///< absent: any
  std::optional<std::string_view> field;  ///< absent: the whole document
  Side side = Side::any;
  std::size_t order = 0;  ///< its place in `requested`

  /// True if it asks for everything in its section.
  [[nodiscard]] bool is_whole_section() const { return !type && !field; }
};

/// The grants of one RFI, each different one once.
class Grants {
 public:
  Grants() = default;
  explicit Grants(std::vector<Grant> grants);

  /// Those of one section; `party` as party_key gives it.
  [[nodiscard]] std::span<const Grant> of(std::optional<std::string_view> party,
                                          std::string_view section) const;
  [[nodiscard]] std::span<const Grant> all() const { return grants_; }

 private:
  std::vector<Grant> grants_;  // sorted by place: party, section, the rest
};

/// `requested`, read. The grants are views of the text, of the settings and of `texts`.
struct Requested {
  Grants grants;
  std::deque<std::string> texts;
  Problems problems;  ///< with their positions; empty: `requested` is good and asks for something
};

/// Reads `requested` in its tree and path forms, applies the aliases, and then judges rules 5
/// and 6. Both arguments must outlive the answer.
[[nodiscard]] Requested read_requested(std::string_view requested, const Settings& settings);

/// The grant in the path grammar (README.md beside this file), `?` where a name may not be shown.
/// The side has no place in it.
[[nodiscard]] std::string path_of(const Grant& grant);

}  // namespace rfi::allowlist
