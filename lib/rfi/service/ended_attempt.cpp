#include "rfi/service/ended_attempt.hpp"

#include "rfi/policy/refusal.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace rfi::service {
namespace {

policy::AttemptContext context_of(const OpenRow& row,
                                  const policy::Response* response,
                                  const Circumstances& circumstances) {
  policy::AttemptContext context;
  context.now = circumstances.now;
  // A clock that was set forward while the row was open makes it no older. Where it was set back
  // the row may have been queued before that or after it, in the new time, while nothing could be
  // claimed: it is not given up that would not be by both.
  const auto forward =
      std::max(circumstances.clock_moved - row.clock_moved, std::chrono::milliseconds{0});
  context.waited_since = row.claim.waited_since + forward;
  context.deadline = row.claim.deadline;
  context.attempts = row.claim.attempts;
  context.tries = row.claim.tries;
  context.rejections = row.claim.rejections;
  context.resent = row.sending == Sending::resend;
  context.destination_unfit = circumstances.destination_unfit;
  context.recent_success = circumstances.recent_success;
  context.unit_random = circumstances.unit_random;
  if (response != nullptr) {
    context.retry_after = response->retry_after;
  }
  return context;
}

std::string detail_of(const policy::Verdict& verdict,
                      const policy::Response* response,
                      const std::string& sent_body) {
  if (response == nullptr || verdict.outcome == policy::Outcome::accepted ||
      verdict.outcome == policy::Outcome::unknown) {
    return verdict.detail;
  }
  std::string detail = policy::refusal_detail(response->status, response->body, sent_body);
  if (!verdict.detail.empty()) {
    detail += "; " + verdict.detail;
  }
  return detail;
}

}  // namespace

EndedAttempt end_attempt(const policy::RetrySettings& settings,
                         OpenRow row,
                         const api::AttemptReport& report,
                         const Circumstances& circumstances) {
  const auto* response = std::get_if<policy::Response>(&report.result);
  EndedAttempt ended;
  ended.verdict = policy::classify(report.result);
  ended.timings = report.timings;
  queue::Closing& closing = ended.closing;
  closing.attempt = row.claim.attempt;
  closing.outcome = ended.verdict.outcome;
  closing.finished_at = circumstances.now;
  closing.error = ended.verdict.error;
  closing.detail = detail_of(ended.verdict, response, row.claim.prepared.body);
  closing.duration = report.timings.connect + report.timings.send + report.timings.wait;
  if (response != nullptr) {
    closing.http_status = response->status;
    closing.request_id = response->request_id;
    ended.retry_after_capped = response->retry_after && response->retry_after->capped;
  }
  if (std::holds_alternative<policy::Stopped>(report.result)) {
    // Our own stop says nothing about the row: it is due again as soon as somebody is there to send
    // it, and a stop in the middle of a request (a deploy) uses up none of its attempts.
    closing.cost = queue::Cost::none;
    closing.next = policy::RetryAt{circumstances.now, closing.detail};
  } else {
    closing.next = policy::next_step(
        settings, ended.verdict, context_of(row, response, circumstances), closing.detail);
  }
  ended.row = std::move(row);
  return ended;
}

}  // namespace rfi::service
