// What an RFI asks for, as the independent check reads it from `requested`: the tree, the paths,
// the aliases and the generic types. Shares no code with the builder's reading.
#pragma once

#include "rfi/allowlist/catalogue.hpp"

#include <boost/json/value.hpp>

#include <compare>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace rfi::allowlist::leaf_check {

inline constexpr std::string_view kAttachments = "associated_party_attachments";
inline constexpr std::string_view kPartyId = "associated_party_id";
inline constexpr std::string_view kTermsSection = "tos_policies_value";

/// A party by its id as it was spelled. UUIDs compare without regard to case, other ids exactly. An
/// empty one stands for the customer itself.
class Party {
 public:
  Party() = default;
  explicit Party(std::string_view id);
  [[nodiscard]] bool empty() const { return id_.empty(); }
  [[nodiscard]] bool is_uuid() const { return is_uuid_; }
  friend std::strong_ordering operator<=>(const Party& left, const Party& right);
  friend bool operator==(const Party& left, const Party& right) {
    return (left <=> right) == std::strong_ordering::equal;
  }

 private:
  std::string_view id_;
  bool is_uuid_ = false;
};

/// Which files a grant lets through, as bits. A file that names no side passes with any of them.
using Sides = unsigned;
inline constexpr Sides kNoSide = 0;
inline constexpr Sides kFront = 1;
inline constexpr Sides kBack = 2;
inline constexpr Sides kEverySide = 4;
/// Beside the sides: the section was named alone, so that one nobody documented goes as it is.
inline constexpr Sides kWholeSection = 8;

/// Where a grant points. An empty type is any type, an empty field the whole document.
struct Target {
  Party party{};
  std::string_view section;
  std::string_view type;
  std::string_view field;
  auto operator<=>(const Target&) const = default;
};

/// All grants of one RFI. Keeps views into `requested` and `settings`, which must outlive it.
class Grants {
 public:
  /// `requested` is the parsed array.
  Grants(const boost::json::array& requested, const Settings& settings);

  /// The first element that cannot be read as grants: such an RFI may not be sent at all.
  [[nodiscard]] std::optional<std::size_t> unreadable() const { return unreadable_; }

  /// The sides granted of exactly this target; kNoSide when nobody asked for it.
  [[nodiscard]] Sides of(const Target& target) const;

 private:
  struct Entry {
    Target target;
    Sides sides = kNoSide;
  };

  [[nodiscard]] bool read_item(const boost::json::object& item);
  [[nodiscard]] bool read_category(const Target& place, const boost::json::value& category);
  [[nodiscard]] bool read_path(std::string_view path);
  [[nodiscard]] bool add(Target target, Sides sides);
  [[nodiscard]] Target moved(Target target) const;
  [[nodiscard]] bool is_generic(const Target& target) const;

  const Settings* settings_;
  std::vector<Entry> entries_;  // sorted by target, each target once
  std::optional<std::size_t> unreadable_;
};

}  // namespace rfi::allowlist::leaf_check
