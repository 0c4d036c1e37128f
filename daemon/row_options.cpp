#include "row_options.hpp"

#include "rfi/allowlist/names.hpp"
#include "rfi/platform/duration_text.hpp"
#include "rfi/policy/timestamp.hpp"

#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>

namespace rfi::daemon {
namespace {

std::string must_be_duration(const std::string& text) {
  return platform::parse_duration(text) ? "" : "must be a duration such as 30m, 12h or 7d";
}

std::string must_be_time(const std::string& text) {
  return platform::parse_duration(text) || policy::parse_api_time(text)
             ? ""
             : "must be a duration from now such as 12h, or a time such as 2027-01-31T12:00:00Z";
}

std::string must_be_uuid(const std::string& text) {
  return allowlist::is_uuid(text) ? "" : "must be a UUID: 8-4-4-4-12 hexadecimal digits";
}

}  // namespace

void RowOptions::add_to(CLI::App& command, CLI::Option* needs) {
  const auto add = [&command, needs](const char* name, std::string& value, const char* says) {
    auto* option = command.add_option(name, value, says);
    return needs == nullptr ? option : option->needs(needs);
  };
  add("--failure", failure_, "Only failed ones with this failure")
      ->check(CLI::IsMember({"invalid", "rejected", "expired", "exhausted"}));
  add("--customer", customer_, "Only those of this customer")
      ->type_name("UUID")
      ->check(must_be_uuid);
  add("--older-than", older_than_, "Only those queued longer ago than this")
      ->type_name("DURATION")
      ->check(must_be_duration);
  add("--younger-than", younger_than_, "Only those queued less long ago than this")
      ->type_name("DURATION")
      ->check(must_be_duration);
  add("--deadline-before", deadline_before_, "Only those with a deadline before this")
      ->type_name("DURATION|TIME")
      ->check(must_be_time);
}

queue::RowFilter RowOptions::filter(policy::UtcTime now) const {
  queue::RowFilter filter;
  filter.failure = policy::failure_from(failure_);
  if (!customer_.empty()) {
    filter.customer_id = customer_;
  }
  if (const auto age = platform::parse_duration(older_than_)) {
    filter.queued_before = now - *age;
  }
  if (const auto age = platform::parse_duration(younger_than_)) {
    filter.queued_after = now - *age;
  }
  if (const auto ahead = platform::parse_duration(deadline_before_)) {
    filter.deadline_before = now + *ahead;
  } else if (const auto time = policy::parse_api_time(deadline_before_)) {
    filter.deadline_before = *time;
  }
  return filter;
}

}  // namespace rfi::daemon
