// The JSON form of a fault rule.
#pragma once

#include "sandbox/faults.hpp"

#include <boost/json/value.hpp>

#include <string>

namespace rfi::sandbox {

/// Reads one rule; `where` is its place in the script, for the message.
/// Errors: throws std::invalid_argument for what it does not know, so that a misspelt rule cannot
/// pass for a test.
[[nodiscard]] FaultRule read_fault_rule(const boost::json::value& rule, const std::string& where);

}  // namespace rfi::sandbox
