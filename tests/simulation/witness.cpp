#include "simulation/witness.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rfi::simulation {

using policy::RfiState;

namespace {

/// A look, a PATCH and a look, each up to both time-outs.
constexpr std::chrono::minutes kLongestRequest{2};

}  // namespace

Witness::Witness(const Scenario& scenario, SimulatedClock& clock, QueueImage& image, Trace& trace)
    : scenario_(scenario),
      clock_(clock),
      image_(image),
      trace_(trace),
      settings_(scenario.settings),
      strictest_(scenario.settings) {}

void Witness::report(Promise promise, std::string_view row, std::string_view what) {
  if (breach_) {
    return;
  }
  breach_ = Breach{promise,
                   fmt::format("seed {} at {}, row {}: {} ({})",
                               scenario_.seed,
                               trace_.moment(),
                               row.empty() ? "-" : row,
                               what,
                               to_string(promise))};
  trace_.say("BREACH", breach_->text);
}

void Witness::row_was_queued(const StoredRow& row, const MadeRfi& rfi, Provider::Temper temper) {
  Row& known = rows_[row.reference];
  known.kind = rfi.kind;
  known.temper = temper;
  known.items = rfi.items;
  known.grants = rfi.grants;
  known.requested = rfi.requested;
  known.customer_id = row.customer_id;
  known.queued_at = clock_.steady_now();
  known.due_from = known.queued_at;
  if (row.not_before) {
    known.due_from += std::max(*row.not_before - clock_.utc_now(), milliseconds{0});
  }
  ++rows_queued_;
}

void Witness::row_was_postponed(std::string_view reference, milliseconds from_now) {
  if (Row* row = find(reference)) {
    row->due_from = std::max(row->due_from, clock_.steady_now() + from_now);
    row->unfit_since_due = milliseconds{0};
  }
}

void Witness::settings_are(const Settings& settings) {
  if (settings.rate_limit != settings_.rate_limit) {
    rate_tokens_ = std::max(1.0, settings.rate_limit);
    rate_filled_at_ = clock_.steady_now();
  }
  if (settings.max_in_flight < settings_.max_in_flight) {
    wider_limit_ = settings_.max_in_flight;
    wider_until_ = clock_.steady_now() + kLongestRequest;
  }
  settings_ = settings;
  strictest_.max_attempts = std::min(strictest_.max_attempts, settings.max_attempts);
  strictest_.give_up_after = std::min(strictest_.give_up_after, settings.give_up_after);
}

void Witness::daemon_starts() {
  ++life_;
  on_the_wire_.clear();
  refused_either_.clear();
  refused_items_.clear();
  unavailable_.clear();
  rate_tokens_ = std::max(1.0, settings_.rate_limit);
  rate_filled_at_ = clock_.steady_now();
}

void Witness::daemon_ends() {
  count_unfit_time({});
  unfit_from_.reset();
  for (const StoredRow& stored : image_.rows) {
    Row* row = find(stored.reference);
    if (row != nullptr && stored.open_attempt() != nullptr) {
      row->doubted_at = clock_.steady_now();
      row->not_again_before.reset();  // its answer may have gone with the daemon
      ++row->own_attempts;
    }
  }
  jump_went_unseen();
}

void Witness::clock_jumps(milliseconds by) {
  // A row that was queued while the clock was slow for some seconds looks older afterwards, to
  // everybody: its created_at is its producer's word.
  if (by > milliseconds{0} && last_jump_ < milliseconds{0} &&
      clock_.steady_now() - last_jump_at_ < std::chrono::seconds{10}) {
    for (auto& [reference, row] : rows_) {
      if (row.queued_at >= last_jump_at_) {
        row.due_from -= by;
      }
    }
  }
  // What waits for its not_before waits for the clock.
  for (auto& [reference, row] : rows_) {
    if (row.due_from > clock_.steady_now()) {
      row.due_from = std::max(row.due_from - by, clock_.steady_now());
    }
  }
  unrecorded_jumps_ += by;
  last_jump_ = by;
  last_jump_at_ = clock_.steady_now();
}

/// What waits in the file then waits for other times than before.
void Witness::jump_went_unseen() {
  if (unrecorded_jumps_ == milliseconds{0}) {
    return;
  }
  unseen_jumps_ += std::max(unrecorded_jumps_, milliseconds{0});
  unrecorded_jumps_ = milliseconds{0};
  for (auto& [reference, row] : rows_) {
    row.not_again_before.reset();
  }
}

Witness::Row* Witness::find(std::string_view reference) {
  const auto found = rows_.find(reference);
  return found == rows_.end() ? nullptr : &found->second;
}

std::vector<StoredRow*> Witness::rows_of(std::string_view customer_id) {
  std::vector<StoredRow*> found;
  for (StoredRow& row : image_.rows) {
    if (row.customer_id == customer_id) {
      found.push_back(&row);
    }
  }
  return found;
}

void Witness::exchange_begins() {
  open_limit_ = settings_.max_open;
}

void Witness::committed(std::size_t claims, bool in_doubt) {
  if (image_.rows.size() != rows_queued_) {
    report(
        Promise::rows_are_kept, {}, fmt::format("{} rows of {}", image_.rows.size(), rows_queued_));
    return;
  }
  std::size_t open = 0;
  for (const StoredRow& stored : image_.rows) {
    open += stored.state == RfiState::submitting ? 1 : 0;
    Row* row = find(stored.reference);
    if (row == nullptr) {
      report(Promise::rows_are_kept, stored.reference, "a row that nobody queued");
      return;
    }
    check_row(stored, *row);
  }
  if (claims > 0 && !in_doubt && open > std::max(open_limit_, settings_.max_open)) {
    report(Promise::limits_are_kept, {}, fmt::format("{} rows are open", open));
  }
}

void Witness::check_row(const StoredRow& stored, Row& row) {
  if (stored.detail.find(kValueMark) != std::string::npos) {
    report(Promise::log_holds_no_value, stored.reference, "detail: " + stored.detail);
  }
  if (stored.state == row.state) {
    return;
  }
  trace_.note(policy::to_string(stored.state), stored.reference, stored.attempts);
  if (stored.state == RfiState::failed) {
    trace_.say("  because", stored.detail);
  }
  const bool had_ended = row.state != RfiState::pending && row.state != RfiState::submitting;
  if (had_ended) {
    report(
        Promise::one_end_for_each_row,
        stored.reference,
        fmt::format("{} became {}", policy::to_string(row.state), policy::to_string(stored.state)));
  }
  row.state = stored.state;
  check_end(stored, row);
}

void Witness::log_line(std::string_view line) {
  trace_.say("log", line);
  if (line.find(kValueMark) != std::string_view::npos) {
    report(Promise::log_holds_no_value, {}, line);
  }
}

}  // namespace rfi::simulation
