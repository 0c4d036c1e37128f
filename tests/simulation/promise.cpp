#include "simulation/promise.hpp"

namespace rfi::simulation {

std::string_view to_string(Promise promise) {
  switch (promise) {
    case Promise::rows_are_kept:
      return "no accepted row is lost";
    case Promise::only_what_was_asked_leaves:
      return "no leaf leaves without a grant";
    case Promise::one_request_of_a_customer:
      return "never two requests of one customer at once";
    case Promise::one_end_for_each_row:
      return "a row ends once and stays so";
    case Promise::attempt_before_request:
      return "every request has a durable attempt from before";
    case Promise::no_row_pays_for_others:
      return "no row fails for a fault that is not its own";
    case Promise::times_are_kept:
      return "deadline, not_before and Retry-After are kept";
    case Promise::limits_are_kept:
      return "max_in_flight and max_open are kept";
    case Promise::rate_is_kept:
      return "rate_limit is kept";
    case Promise::log_holds_no_value:
      return "log and details hold no value";
    case Promise::all_is_delivered:
      return "everything deliverable is delivered once faults stop";
    case Promise::nothing_is_sent_blindly:
      return "nothing that may have landed is sent again without a look";
    case Promise::success_is_proven:
      return "a submitted row has landed or is not asked for any more";
    case Promise::it_goes_on:
      return "the daemon neither throws nor runs in circles";
    case Promise::outages_are_probed_only:
      return "an outage meets a handful of requests";
  }
  return "";
}

}  // namespace rfi::simulation
