// Whether what an RFI asked for is still open at the API: the comparison behind a look.
#pragma once

#include "rfi/allowlist/catalogue.hpp"

#include <string>
#include <string_view>

namespace rfi::allowlist {

enum class Standing {
  open,       ///< at least one granted item is still asked for
  closed,     ///< none is
  unreadable  ///< the answer does not say
};

struct Look {
  Standing standing = Standing::unreadable;
  std::string detail;  ///< why it is unreadable; never a value
};

/// Compares what `requested` asks for with `customer`, the API's answer to a GET of that customer
/// (`data.customer_id`, `data.request_for_information`). An item counts as open if it overlaps a
/// grant: generic types overlap their family, and sides are left out, since the API's list names
/// none. What cannot be told apart is never taken for closed. `body` are the bytes that are sent:
/// under `allowlist.partial = "send"` a grant that they do not meet stays open whatever happens,
/// and is left out.
[[nodiscard]] Look standing_of(std::string_view customer_id,
                               std::string_view requested,
                               std::string_view body,
                               std::string_view customer,
                               const Settings& settings);

}  // namespace rfi::allowlist
