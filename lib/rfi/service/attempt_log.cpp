#include "rfi/service/attempt_log.hpp"

#include "rfi/platform/clock.hpp"
#include "rfi/platform/events.hpp"
#include "rfi/service/look.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace rfi::service {

namespace event = platform::event;
using platform::Field;
using platform::Group;
using platform::Level;

namespace {

struct Line {
  Level level = Level::info;
  std::string_view name;
  std::optional<std::string_view> outcome;
  std::optional<std::string_view> failure;
  std::optional<std::string> next_attempt_at;
};

/// The name and level for a row that is finished.
void name_finish(Line& line, const policy::Finish& finish, const queue::Closing& closing) {
  if (finish.failure) {
    line.level = Level::warning;
    line.name = event::kRfiFailed;
    line.failure = policy::to_string(*finish.failure);
    return;
  }
  const bool confirmed = closing.outcome == policy::Outcome::confirmed || closing.confirmation;
  line.name = confirmed ? event::kRfiConfirmed : event::kRfiSubmitted;
}

Line line_of(const EndedAttempt& ended) {
  const queue::Closing& closing = ended.closing;
  Line line;
  if (closing.cost == queue::Cost::withdrawn) {
    // No request was made. A row that only went back into the line is nobody's concern.
    line.level = closing.error == kLookFailed ? Level::info : Level::debug;
  } else {
    line.outcome = policy::to_string(closing.outcome);
  }
  if (const auto* finish = std::get_if<policy::Finish>(&closing.next)) {
    name_finish(line, *finish, closing);
    return line;
  }
  line.name = closing.outcome == policy::Outcome::unknown ? event::kRfiUnknown : event::kRfiRetry;
  if (ended.retry_after_capped) {
    line.level = Level::warning;
  }
  if (const auto* retry = std::get_if<policy::RetryAt>(&closing.next)) {
    line.next_attempt_at = platform::rfc3339(retry->due);
  }
  return line;
}

std::optional<std::string_view> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>{text};
}

}  // namespace

void log_attempt(const platform::Log& log,
                 const EndedAttempt& ended,
                 std::chrono::steady_clock::time_point committed_at) {
  const Line line = line_of(ended);
  if (!log.enabled(line.level)) {
    return;
  }
  const queue::Claim& claim = ended.row.claim;
  const auto commit =
      std::chrono::duration_cast<std::chrono::milliseconds>(committed_at - ended.ended_at);
  const auto in_queue = claim.started_at - claim.waited_since;
  std::optional<bool> capped;
  if (ended.retry_after_capped) {
    capped = true;
  }
  log.write(line.level,
            line.name,
            {Field{"reference", claim.reference},
             Field{"customer_id", claim.customer_id},
             Field{"attempt", claim.attempt.number},
             Field{"outcome", line.outcome},
             Field{"http_status", ended.closing.http_status},
             Field{"failure", line.failure},
             Field{"error", unless_empty(ended.closing.error)},
             Field{"detail", unless_empty(ended.closing.detail)},
             Field{"fields", claim.prepared.sent},
             Field{"withheld", claim.prepared.withheld},
             Field{"body_sha256", unless_empty(claim.prepared.body_sha256)},
             Field{"request_id", unless_empty(ended.closing.request_id)},
             Field{"duration_ms",
                   Group{Field{"queue", in_queue},
                         Field{"connect", ended.timings.connect},
                         Field{"send", ended.timings.send},
                         Field{"wait", ended.timings.wait},
                         Field{"commit", commit}}},
             Field{"retry_after_capped", capped},
             Field{"next_attempt_at", line.next_attempt_at}});
}

void log_unfit(const platform::Log& log, const policy::Destination& destination) {
  const policy::Sign& sign = destination.shown_by();
  log.write(Level::error,
            event::kDestinationUnfit,
            {Field{"reason", destination.reason()},
             Field{"outcome", policy::to_string(sign.verdict.outcome)},
             Field{"http_status", sign.http_status},
             Field{"error", unless_empty(sign.verdict.error)},
             Field{"detail", unless_empty(sign.verdict.detail)},
             Field{"effect",
                   "nothing is claimed but one row at a time, to find out when it is over; no row "
                   "loses an attempt by it"}});
}

void log_fit(const platform::Log& log,
             const policy::Destination& destination,
             std::chrono::milliseconds now) {
  log.write(Level::info,
            event::kDestinationFit,
            {Field{"unfit_for_ms", now - destination.unfit_since()},
             Field{"failed_probes", destination.failed_probes()}});
}

void log_clock_disputed(const platform::Log& log, std::chrono::milliseconds shift) {
  log.write(Level::warning,
            event::kClockSet,
            {Field{"shift_ms", shift},
             Field{"taken_over", false},
             Field{"detail",
                   "the machine's clock jumped: nothing is claimed until it has held still for ten "
                   "seconds"}});
}

void log_clock_taken_over(const platform::Log& log, std::chrono::milliseconds shift) {
  log.write(
      Level::warning,
      event::kClockSet,
      {Field{"shift_ms", shift},
       Field{"taken_over", true},
       Field{"detail", "rows that wait for a time of the daemon's own wait as long as before"}});
}

void log_refused(const platform::Log& log, const queue::Refused& refused) {
  if (refused.allowlist_violation) {
    log.write(Level::critical,
              event::kAllowlistViolation,
              {Field{"reference", refused.reference},
               Field{"customer_id", refused.customer_id},
               Field{"detail", refused.detail}});
  }
  log.write(Level::warning,
            event::kRfiFailed,
            {Field{"reference", refused.reference},
             Field{"customer_id", refused.customer_id},
             Field{"failure", policy::to_string(refused.failure)},
             Field{"detail", refused.detail}});
}

void log_cancelled(const platform::Log& log, const queue::Cancelled& cancelled) {
  log.write(Level::info,
            event::kRfiCancelled,
            {Field{"reference", cancelled.reference}, Field{"customer_id", cancelled.customer_id}});
}

void log_superseded(const platform::Log& log, const queue::Superseded& superseded) {
  log.write(Level::info,
            event::kRfiSuperseded,
            {Field{"reference", superseded.reference},
             Field{"newer", superseded.newer},
             Field{"customer_id", superseded.customer_id}});
}

void log_recovered(const platform::Log& log, const queue::Recovered& recovered) {
  log.write(Level::warning,
            event::kQueueRecovered,
            {Field{"reference", recovered.reference},
             Field{"customer_id", recovered.customer_id},
             Field{"attempt", recovered.attempt.number},
             Field{"outcome", policy::to_string(policy::Outcome::unknown)}});
}

}  // namespace rfi::service
