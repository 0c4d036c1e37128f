// What the daemon promises, and how a run says that it was not kept.
#pragma once

#include <string>
#include <string_view>

namespace rfi::simulation {

enum class Promise {
  rows_are_kept,
  only_what_was_asked_leaves,
  one_request_of_a_customer,
  one_end_for_each_row,
  attempt_before_request,
  no_row_pays_for_others,
  times_are_kept,
  limits_are_kept,
  rate_is_kept,
  log_holds_no_value,
  all_is_delivered,
  nothing_is_sent_blindly,
  success_is_proven,
  outages_are_probed_only,
  it_goes_on  ///< no exception, no circle
};

[[nodiscard]] std::string_view to_string(Promise promise);

struct Breach {
  Promise promise = Promise::it_goes_on;
  std::string text;  ///< seed, virtual time, row, and what happened
};

}  // namespace rfi::simulation
