// The API's rule, read independently of the daemon: a PATCH may hold nothing that the RFI does not
// ask for.
#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace rfi::sandbox {

/// One open field of an RFI: the leaf of section, category, field.
struct RequestedField {
  std::string party;  // UUID in lower case, or empty for the customer
  std::string section;
  std::string document_type;
  std::string field;
  std::string side;  // FRONT, BACK, or empty for any
};

struct BodyCheck {
  std::map<std::string, std::string> refused;  // path -> why; empty when the body is good
  std::vector<std::size_t> answered;  // positions in `requested` that the body holds a value for
};

/// Judges a body against the fields that are open. Structural keys (`associated_party_id`, `type`,
/// and `uri` and `side` of a file) go along with a requested field and are refused without one.
/// Empty lists, empty objects and nulls are refused everywhere.
[[nodiscard]] BodyCheck check_body(const boost::json::value& body,
                                   std::span<const RequestedField> requested);

}  // namespace rfi::sandbox
