// What an RFI asks for, one field at a time, and what a body answers: the simulation's own reading
// of both, which shares no code with the allowlist.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::simulation {

/// One field of one document. Empty: the customer's own (party), any or none (type).
struct Item {
  std::string party;
  std::string section;
  std::string type;
  std::string field;
  auto operator<=>(const Item&) const = default;
};

using Items = std::set<Item>;

/// Whether a leaf of a body is what `asked` asks for.
[[nodiscard]] bool covers(const Item& asked, const Item& leaf);

/// Whether an open item may be part of what a grant asks for, so that nobody can tell from a look
/// that the grant is answered. A grant without a field asks for the whole document.
[[nodiscard]] bool overlaps(const Item& grant, const Item& open);

/// The array in the form of `request_for_information`.
[[nodiscard]] std::string tree_of(const Items& items);

/// A body, read.
struct BodyReading {
  std::vector<Item> uncovered;  ///< leaves that nothing in `asked` covers, structural ones left out
  Items answered;               ///< of `asked`
  bool readable = false;        ///< a JSON object of the form that the API knows
};

[[nodiscard]] BodyReading read_body(std::string_view body, const Items& asked);

}  // namespace rfi::simulation
