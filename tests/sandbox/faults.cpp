#include "sandbox/faults.hpp"

#include "sandbox/fault_script.hpp"

#include <boost/json/object.hpp>

#include <iterator>

namespace rfi::sandbox {
namespace {

namespace json = boost::json;

bool fits(const FaultRule& rule, const Request& request) {
  return rule.fault.moment != FaultMoment::accept &&
         (!rule.method || *rule.method == request.method) &&
         (!rule.customer || *rule.customer == request.customer) &&
         (!rule.path_contains || request.path.find(*rule.path_contains) != std::string::npos);
}

/// Counts a request that fits; true if the rule meets this one.
bool take_turn(FaultRule& rule) {
  if (rule.times == 0) {
    return false;
  }
  if (rule.after > 0) {
    --rule.after;
    return false;
  }
  if (rule.times > 0) {
    --rule.times;
  }
  ++rule.applied;
  return true;
}

}  // namespace

void Faults::add(const json::value& script) {
  std::vector<FaultRule> rules;
  if (script.is_array()) {
    for (std::size_t i = 0; i < script.get_array().size(); ++i) {
      rules.push_back(read_fault_rule(script.get_array()[i], "rule [" + std::to_string(i) + "]"));
    }
  } else {
    rules.push_back(read_fault_rule(script, "rule"));
  }
  rules_.insert(
      rules_.end(), std::make_move_iterator(rules.begin()), std::make_move_iterator(rules.end()));
}

std::optional<Fault> Faults::meet_connection() {
  for (FaultRule& rule : rules_) {
    if (rule.fault.moment == FaultMoment::accept && take_turn(rule)) {
      return rule.fault;
    }
  }
  return std::nullopt;
}

std::optional<Fault> Faults::meet(const Request& request) {
  for (FaultRule& rule : rules_) {
    if (fits(rule, request) && take_turn(rule)) {
      return rule.fault;
    }
  }
  return std::nullopt;
}

json::array Faults::list() const {
  json::array result;
  for (const FaultRule& rule : rules_) {
    result.push_back(json::object{{"kind", rule.fault.name},
                                  {"after", rule.after},
                                  {"times", rule.times},
                                  {"applied", rule.applied}});
  }
  return result;
}

}  // namespace rfi::sandbox
