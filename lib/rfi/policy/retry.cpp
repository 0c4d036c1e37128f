#include "rfi/policy/retry.hpp"

#include <algorithm>
#include <utility>

namespace rfi::policy {
namespace {

/// A row that met this many answers of Blame::either is condemned even though no other request has
/// succeeded.
constexpr std::int64_t kRejectionsThatCondemn = 3;

NextStep failed(Failure failure, std::string detail) {
  return Finish{RfiState::failed, failure, std::move(detail)};
}

std::string with_reason(std::string_view reason, const std::string& detail) {
  std::string text{reason};
  if (!detail.empty()) {
    text += "; last: ";
    text += detail;
  }
  return text;
}

bool deadline_has_passed(const AttemptContext& context) {
  return context.deadline && context.now >= *context.deadline;
}

/// A row that would only be due after its end is looked at when the end has come, so that it
/// expires on time. An end may still move (a producer's deadline, the age while the destination is
/// unfit), so even then not before a pause that the API asked for.
UtcTime due_at(const RetrySettings& settings, const AttemptContext& context, UtcTime give_up_at) {
  std::optional<std::chrono::milliseconds> at_least;
  if (context.retry_after) {
    at_least = context.retry_after->delay;
  }
  BackoffSettings backoff = settings.backoff;
  if (context.destination_unfit) {
    backoff.max_delay = std::min(backoff.max_delay, kLongestProbePause);
  }
  const UtcTime wanted =
      context.now + backoff_delay(backoff, context.tries, at_least, context.unit_random);
  const UtcTime end = std::min(give_up_at, context.deadline.value_or(UtcTime::max()));
  const UtcTime earliest = context.now + at_least.value_or(std::chrono::milliseconds{0});
  return std::max(std::min(wanted, end), earliest);
}

NextStep wait_or_give_up(const RetrySettings& settings,
                         Outcome outcome,
                         const AttemptContext& context,
                         std::string detail) {
  const UtcTime give_up_at =
      context.destination_unfit ? UtcTime::max() : context.waited_since + settings.give_up_after;
  if (deadline_has_passed(context)) {
    return failed(Failure::expired, with_reason("its deadline has passed", detail));
  }
  if (context.now >= give_up_at) {
    return failed(Failure::expired, with_reason("retry.give_up_after has passed", detail));
  }
  if (!context.destination_unfit && costs_an_attempt(outcome) &&
      context.attempts >= settings.max_attempts) {
    return failed(Failure::exhausted, with_reason("retry.max_attempts are used up", detail));
  }
  return RetryAt{due_at(settings, context, give_up_at), std::move(detail)};
}

}  // namespace

bool costs_an_attempt(Outcome outcome) {
  return outcome != Outcome::not_sent && outcome != Outcome::unauthorized &&
         outcome != Outcome::confirmed;
}

NextStep next_step(const RetrySettings& settings,
                   const Verdict& verdict,
                   const AttemptContext& context,
                   std::string detail) {
  switch (verdict.outcome) {
    case Outcome::accepted:
    case Outcome::confirmed:
      return Finish{RfiState::submitted, std::nullopt, std::move(detail)};
    case Outcome::rejected:
      if (context.destination_unfit || (verdict.blame == Blame::either && !context.recent_success &&
                                        context.rejections + 1 < kRejectionsThatCondemn)) {
        return wait_or_give_up(settings, verdict.outcome, context, std::move(detail));
      }
      return failed(Failure::rejected, std::move(detail));
    case Outcome::unauthorized:
      if (!context.resent && !deadline_has_passed(context)) {
        return Resend{};
      }
      return wait_or_give_up(settings, verdict.outcome, context, std::move(detail));
    case Outcome::throttled:
    case Outcome::unavailable:
    case Outcome::not_sent:
    case Outcome::unknown:
      break;
  }
  return wait_or_give_up(settings, verdict.outcome, context, std::move(detail));
}

}  // namespace rfi::policy
