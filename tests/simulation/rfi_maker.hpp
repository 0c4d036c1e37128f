// RFIs as producers queue them: good ones in all forms of `requested`, with documents that hold
// more than is asked for, and bad ones of every kind.
#pragma once

#include "simulation/chance.hpp"
#include "simulation/items.hpp"

#include <string>
#include <string_view>

namespace rfi::simulation {

/// Every value of a document holds this, so that one in the log or in a `detail` is found.
inline constexpr std::string_view kValueMark = "VALUE-";

enum class RfiKind {
  good,
  unsendable,   ///< cannot be sent as it is: must end as failed/invalid
  unwanted,     ///< answers what the API has not asked: 400
  indigestible  ///< the API dislikes a value: 422
};

struct MadeRfi {
  RfiKind kind = RfiKind::good;
  Items items;   ///< what the body must answer, neither more nor less; empty if unsendable
  Items grants;  ///< the same as `requested` says it; without a field: the whole document
  std::string requested;
  std::string documents;
};

[[nodiscard]] MadeRfi make_rfi(Chance& chance, RfiKind kind);

}  // namespace rfi::simulation
