#include "simulation/witness.hpp"

#include "rfi/allowlist/leaf_check.hpp"
#include "rfi/platform/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rfi::simulation {
namespace {

/// Floating point, and waits that are rounded up to milliseconds.
constexpr double kRounding = 0.02;

/// Customers whose refusals in a row are the destination's (403 and its kind), and those that it
/// takes when the answer blames the row itself (400).
constexpr std::size_t kCustomersThatShow = 3;
constexpr std::size_t kItemsThatShow = 10;
/// Answers 5xx in a row, of that many customers at least.
constexpr std::size_t kUnavailableThatShow = 10;

/// Of an outage: doublings from the shortest initial_delay to the shortest max_delay, three times
/// over for reloads, and half of that max_delay (scenario.cpp has both).
constexpr std::size_t kProbesBeforeTheLongestPause = 3 * 9;
constexpr std::size_t kMostInFlight = 8;
constexpr std::chrono::seconds kShortestOfLongPauses{10};

}  // namespace

void Witness::begin_request(std::string_view customer_id, std::string_view what) {
  if (!on_the_wire_.emplace(customer_id).second) {
    report(Promise::one_request_of_a_customer,
           {},
           fmt::format("{} of customer {} while another request is under way", what, customer_id));
  }
  const std::size_t limit = clock_.steady_now() < wider_until_
                                ? std::max(wider_limit_, settings_.max_in_flight)
                                : settings_.max_in_flight;
  if (on_the_wire_.size() > limit) {
    report(Promise::limits_are_kept, {}, fmt::format("{} requests under way", on_the_wire_.size()));
  }
  check_rate();
}

void Witness::check_rate() {
  if (settings_.rate_limit <= 0.0) {
    return;
  }
  const std::chrono::duration<double> elapsed = clock_.steady_now() - rate_filled_at_;
  rate_filled_at_ = clock_.steady_now();
  rate_tokens_ = std::min(std::max(1.0, settings_.rate_limit),
                          rate_tokens_ + settings_.rate_limit * elapsed.count()) -
                 1.0;
  // What belongs to a request under way, its look before and its look after, goes on credit.
  const double credit = kRounding + 2.0 * static_cast<double>(settings_.max_in_flight);
  if (rate_tokens_ < -credit) {
    report(Promise::rate_is_kept, {}, fmt::format("{:.3f} tokens left", rate_tokens_));
  }
}

void Witness::patch_begins(std::string_view customer_id,
                           std::string_view body,
                           std::string_view reference) {
  trace_.note("PATCH", reference);
  begin_request(customer_id, "a PATCH");
  Row* row = find(reference);
  StoredRow* stored = image_.find(reference);
  if (row == nullptr || stored == nullptr) {
    report(Promise::rows_are_kept, reference, "a request of a row that is not in the queue");
    return;
  }
  const StoredAttempt* attempt = stored->open_attempt();
  if (attempt == nullptr || attempt->body_sha256 != platform::sha256_hex(body)) {
    report(Promise::attempt_before_request, reference, "no open attempt with these bytes");
  }
  if (stored->customer_id != customer_id) {
    report(Promise::only_what_was_asked_leaves, reference, "for another customer");
  }
  check_body(body, *row, reference);
  check_times(*stored, *row);
  check_look(*stored, *row);
}

void Witness::check_body(std::string_view body, const Row& row, std::string_view reference) {
  const BodyReading reading = read_body(body, row.items);
  if (!reading.readable || !reading.uncovered.empty()) {
    report(Promise::only_what_was_asked_leaves,
           reference,
           reading.uncovered.empty() ? "the body is of no known form"
                                     : "nobody asked for " + reading.uncovered.front().section +
                                           "." + reading.uncovered.front().field);
  }
  if (reading.answered != row.items) {
    report(Promise::only_what_was_asked_leaves, reference, "what was asked for is missing");
  }
  if (!allowlist::uncovered_leaves(body, row.requested, {}).empty()) {
    report(Promise::only_what_was_asked_leaves, reference, "the independent check objects");
  }
}

void Witness::check_times(const StoredRow& stored, const Row& row) {
  if (stored.deadline && clock_.earliest() >= *stored.deadline) {
    report(Promise::times_are_kept, stored.reference, "sent at or after its deadline");
  }
  const StoredAttempt* attempt = stored.open_attempt();
  // What was due when it was claimed goes, though the clock may have been set back since then.
  const bool was_due = attempt != nullptr && attempt->started_at >= stored.not_before;
  if (stored.not_before && clock_.latest() < *stored.not_before && !was_due) {
    report(Promise::times_are_kept, stored.reference, "sent before its not_before");
  }
  if (row.not_again_before && clock_.steady_now() < *row.not_again_before) {
    report(Promise::times_are_kept,
           stored.reference,
           "sent within the Retry-After of its last answer");
  }
}

void Witness::check_look(const StoredRow& stored, const Row& row) {
  if (settings_.reconcile == policy::Reconcile::never) {
    return;
  }
  if (row.doubted_at && (!row.looked_open_at || *row.looked_open_at < *row.doubted_at)) {
    report(Promise::nothing_is_sent_blindly,
           stored.reference,
           row.landed_at ? "it had landed" : "it might have landed");
  }
  if (settings_.reconcile == policy::Reconcile::always && !row.looked_open_at) {
    report(Promise::nothing_is_sent_blindly, stored.reference, "reconcile = always, and no look");
  }
}

void Witness::patch_ends(std::string_view customer_id,
                         std::string_view reference,
                         const Returned& returned) {
  trace_.note("  answer", reference, static_cast<std::int64_t>(returned.status));
  end_request(customer_id, returned);
  Row* row = find(reference);
  if (row == nullptr) {
    return;
  }
  if (returned.retry_after) {
    row->not_again_before =
        clock_.steady_now() + std::min<milliseconds>(*returned.retry_after, std::chrono::hours{24});
  }
  const bool lost_answer = returned.status == 0 && returned.bytes_left;
  if (lost_answer || returned.status >= 500 || returned.trouble == Trouble::portal) {
    row->doubted_at = clock_.steady_now();
  }
  count_refusal(*row, customer_id, returned);
  count_unavailable(customer_id, returned);
  count_cost(*row, returned);
}

void Witness::count_cost(Row& row, const Returned& returned) {
  const bool costs =
      returned.status == 0 ? returned.bytes_left : returned.status >= 300 && returned.status != 401;
  if (!costs && returned.trouble != Trouble::portal) {
    return;
  }
  if (!is_known_for_an_outage(returned)) {
    ++row.own_attempts;
  }
}

void Witness::count_unavailable(std::string_view customer_id, const Returned& returned) {
  if (returned.trouble == Trouble::server_error && returned.from_outage) {
    unavailable_.emplace_back(customer_id);
  } else if (returned.status != 0 || facts_of(returned.trouble).is_certain) {
    unavailable_.clear();
  }
}

/// From so many on it is nobody else's fault: a row must not pay for it.
bool Witness::is_known_for_an_outage(const Returned& returned) const {
  if (!returned.from_outage) {
    return false;
  }
  const std::set<std::string_view> customers(unavailable_.begin(), unavailable_.end());
  switch (returned.status) {
    case 503:
      return unavailable_.size() >= kUnavailableThatShow && customers.size() >= kCustomersThatShow;
    case 302:
    case 403:
    case 404:
      return refused_either_.size() >= kCustomersThatShow;
    default:
      return false;
  }
}

void Witness::count_refusal(Row& row, std::string_view customer_id, const Returned& returned) {
  const bool blames_row = returned.status == 400 || returned.status == 422;
  const bool blames_either = returned.status == 403 || returned.status == 404 ||
                             (returned.status >= 300 && returned.status < 400);
  if (returned.trouble == Trouble::none && (returned.status == 200 || blames_row)) {
    refused_either_.clear();
    refused_items_.clear();
  }
  const bool fresh_token_refused = returned.status == 401 && row.had_401;
  row.had_401 = returned.status == 401 && !row.had_401;
  if (facts_of(returned.trouble).is_certain || fresh_token_refused) {
    // It was unfit, and begins to count anew.
    refused_either_.clear();
    refused_items_.clear();
  }
  row.was_refused_by_provider = row.was_refused_by_provider || returned.refused_by_provider;
  row.was_refused_by_outage = false;
  if ((blames_row && returned.from_outage) || blames_either) {
    auto& refused = blames_row ? refused_items_ : refused_either_;
    refused.emplace(customer_id);
    row.was_refused_by_outage = returned.from_outage;
    row.paid_too_late = refused.size() >= (blames_row ? kItemsThatShow : kCustomersThatShow);
  }
}

void Witness::end_request(std::string_view customer_id, const Returned& returned) {
  if (const auto found = on_the_wire_.find(customer_id); found != on_the_wire_.end()) {
    on_the_wire_.erase(found);
  }
  count_unfit_time(returned);
  count_probe(returned);
}

/// What was under way when it began, one probe after another at growing pauses, and some at once
/// after each reload.
void Witness::count_probe(const Returned& returned) {
  if (!returned.from_outage || !facts_of(returned.trouble).is_certain) {
    return;
  }
  const SteadyTime now = clock_.steady_now();
  Probes& probes = probes_.try_emplace({returned.outage, life_}, Probes{now, 0}).first->second;
  ++probes.requests;
  const auto lasting = std::chrono::duration_cast<milliseconds>(now - probes.first);
  const std::size_t allowed = kProbesBeforeTheLongestPause + 2 * kMostInFlight +
                              static_cast<std::size_t>(lasting / kShortestOfLongPauses);
  if (probes.requests > allowed) {
    report(Promise::outages_are_probed_only,
           {},
           fmt::format("{} requests in {} s", probes.requests, lasting.count() / 1000));
  }
}

/// Time in which the daemon must have known that nothing gets through: none of it makes a row
/// older.
void Witness::count_unfit_time(const Returned& returned) {
  const SteadyTime now = clock_.steady_now();
  if (unfit_from_ && now > *unfit_from_) {
    const SteadyTime until = std::min(now, unfit_until_);
    for (auto& [reference, row] : rows_) {
      const SteadyTime from = std::max(*unfit_from_, row.due_from);
      if (until > from) {
        row.unfit_since_due += std::chrono::duration_cast<milliseconds>(until - from);
      }
    }
    unfit_from_ = now < unfit_until_ ? std::optional(now) : std::nullopt;
  }
  if (returned.status != 0) {
    unfit_from_.reset();  // something gets through: another outage has taken its place
  }
  if (!unfit_from_ && returned.from_outage && facts_of(returned.trouble).is_certain) {
    const milliseconds end = scenario_.api.outages[returned.outage].end;
    unfit_from_ = now + std::chrono::seconds{30};  // until it is written down
    unfit_until_ = trace_.begin() + end;
  }
}

void Witness::look_begins(std::string_view customer_id) {
  trace_.note("GET", customer_id.substr(0, 8));
  begin_request(customer_id, "a look");
}

void Witness::look_ends(std::string_view customer_id,
                        const std::optional<Items>& open,
                        const Returned& returned) {
  trace_.note("  look", customer_id.substr(0, 8), static_cast<std::int64_t>(returned.status));
  end_request(customer_id, returned);
  for (StoredRow* stored : rows_of(customer_id)) {
    Row* row = find(stored->reference);
    if (row == nullptr || stored->state != policy::RfiState::submitting) {
      continue;
    }
    if (returned.retry_after) {
      row->not_again_before = clock_.steady_now() +
                              std::min<milliseconds>(*returned.retry_after, std::chrono::hours{24});
    }
    if (open) {
      const bool any = std::ranges::any_of(*open, [row](const Item& item) {
        return std::ranges::any_of(row->grants,
                                   [&item](const Item& grant) { return overlaps(grant, item); });
      });
      (any ? row->looked_open_at : row->looked_closed_at) = clock_.steady_now();
    }
  }
}

void Witness::landed(std::string_view reference) {
  trace_.note("  landed", reference);
  if (Row* row = find(reference)) {
    row->landed_at = clock_.steady_now();
  }
}

}  // namespace rfi::simulation
