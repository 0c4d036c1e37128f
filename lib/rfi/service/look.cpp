#include "rfi/service/look.hpp"

#include "rfi/allowlist/standing.hpp"
#include "rfi/policy/retry.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

namespace rfi::service {
namespace {

constexpr std::string_view kConfirmed =
    "a look at the customer found nothing open any more of what was asked for";

policy::RetryAt later(const policy::RetrySettings& settings,
                      const queue::Claim& claim,
                      std::int64_t tries,
                      const JudgedLook& look,
                      const Circumstances& circumstances,
                      std::string detail) {
  std::optional<std::chrono::milliseconds> at_least;
  if (look.retry_after) {
    at_least = look.retry_after->delay;
  }
  policy::BackoffSettings backoff = settings.backoff;
  if (circumstances.destination_unfit) {
    backoff.max_delay = std::min(backoff.max_delay, policy::kLongestProbePause);
  }
  auto due = circumstances.now +
             policy::backoff_delay(backoff, tries, at_least, circumstances.unit_random);
  if (claim.deadline) {
    // Its end is seen in time; the store lets it expire.
    due = std::min(due, std::max(*claim.deadline, circumstances.now));
  }
  // The deadline may be moved, and the clock set: even then not before a pause that was asked for.
  due = std::max(due, circumstances.now + at_least.value_or(std::chrono::milliseconds{0}));
  return {due, std::move(detail)};
}

EndedAttempt looked(OpenRow row, const api::AttemptReport& report, const Circumstances& at) {
  EndedAttempt ended;
  ended.timings = report.timings;
  ended.closing.attempt = row.claim.attempt;
  ended.closing.finished_at = at.now;
  ended.closing.duration = report.timings.connect + report.timings.send + report.timings.wait;
  if (const auto* response = std::get_if<policy::Response>(&report.result)) {
    ended.closing.http_status = response->status;
    ended.closing.request_id = response->request_id;
  }
  ended.row = std::move(row);
  return ended;
}

}  // namespace

JudgedLook judge_look(const api::AttemptReport& report,
                      const queue::Claim& claim,
                      const allowlist::Settings& settings) {
  JudgedLook look;
  look.verdict = policy::classify(report.result);
  look.detail = look.verdict.detail;
  const auto* response = std::get_if<policy::Response>(&report.result);
  if (response == nullptr) {
    return look;
  }
  look.http_status = response->status;
  look.retry_after = response->retry_after;
  if (look.verdict.outcome != policy::Outcome::accepted) {
    look.detail = "HTTP " + std::to_string(response->status);
    return look;
  }
  const allowlist::Look found = allowlist::standing_of(
      claim.customer_id, claim.requested, claim.prepared.body, response->body, settings);
  switch (found.standing) {
    case allowlist::Standing::open:
      look.result = LookResult::open;
      break;
    case allowlist::Standing::closed:
      look.result = LookResult::landed;
      break;
    case allowlist::Standing::unreadable:
      // An object, so the API did answer: nothing is wrong with the way to it, nor with what a
      // PATCH would meet there. The row alone waits.
      look.detail = found.detail;
      break;
  }
  return look;
}

EndedAttempt end_confirmed(OpenRow row,
                           const api::AttemptReport& report,
                           const Circumstances& circumstances) {
  EndedAttempt ended = looked(std::move(row), report, circumstances);
  ended.verdict.outcome = policy::Outcome::confirmed;
  ended.closing.outcome = policy::Outcome::confirmed;
  ended.closing.detail = kConfirmed;
  ended.closing.next =
      policy::Finish{policy::RfiState::submitted, std::nullopt, std::string{kConfirmed}};
  return ended;
}

EndedAttempt end_unlooked(const policy::RetrySettings& settings,
                          OpenRow row,
                          const api::AttemptReport& report,
                          const JudgedLook& look,
                          std::int64_t failed_looks,
                          const Circumstances& circumstances) {
  EndedAttempt ended = looked(std::move(row), report, circumstances);
  ended.verdict = look.verdict;
  queue::Closing& closing = ended.closing;
  closing.outcome = policy::Outcome::not_sent;
  closing.cost = queue::Cost::withdrawn;
  closing.error = kLookFailed;
  closing.detail = "the look at the customer before sending again failed: " + look.detail;
  const queue::Claim& claim = ended.row.claim;
  // The attempt itself leaves no row, so the looks are counted apart.
  const std::int64_t tries = claim.tries - 1 + failed_looks;
  closing.next = later(settings, claim, tries, look, circumstances, closing.detail);
  return ended;
}

void reconsider(EndedAttempt& ended,
                const policy::RetrySettings& settings,
                const JudgedLook& look,
                const Circumstances& circumstances) {
  queue::Closing& closing = ended.closing;
  if (look.result == LookResult::landed) {
    closing.confirmation = queue::Confirmation{circumstances.now, look.http_status.value_or(0)};
    closing.next =
        policy::Finish{policy::RfiState::submitted, std::nullopt, std::string{kConfirmed}};
    return;
  }
  const auto* finish = std::get_if<policy::Finish>(&closing.next);
  const bool condemned = finish != nullptr && finish->failure == policy::Failure::rejected;
  if (look.result == LookResult::failed && condemned &&
      ended.row.claim.attempts < settings.max_attempts) {
    closing.next = later(settings,
                         ended.row.claim,
                         ended.row.claim.tries,
                         look,
                         circumstances,
                         closing.detail +
                             "; an earlier attempt may have landed, and the look at the customer "
                             "failed: " +
                             look.detail);
  }
}

}  // namespace rfi::service
