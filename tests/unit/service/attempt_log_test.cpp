#include "rfi/service/attempt_log.hpp"

#include "unit/service/claims.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rfi::test {
namespace {

using policy::Failure;
using policy::Finish;
using policy::Outcome;
using policy::RfiState;
using service::EndedAttempt;
using std::chrono::milliseconds;

constexpr policy::UtcTime kNow = policy::utc_from_unix_ms(1'800'000'000'000);
constexpr std::chrono::steady_clock::time_point kEnded{std::chrono::hours{5}};

struct Lines {
  platform::SystemClock clock;
  std::vector<std::string> all;
  platform::Log log{{.level = platform::Level::trace}, clock, [this](std::string_view line) {
                      all.emplace_back(line);
                    }};
};

EndedAttempt ended(Outcome outcome, policy::NextStep next) {
  EndedAttempt ended;
  ended.row.claim = claim(1);
  ended.row.claim.started_at = kNow;
  ended.row.claim.waited_since = kNow - milliseconds{11};
  ended.timings = {.connect = milliseconds{1}, .send = milliseconds{2}, .wait = milliseconds{4}};
  ended.closing.attempt = ended.row.claim.attempt;
  ended.closing.outcome = outcome;
  ended.closing.next = std::move(next);
  ended.ended_at = kEnded;
  return ended;
}

std::string line_of(const EndedAttempt& attempt) {
  Lines lines;
  service::log_attempt(lines.log, attempt, kEnded + milliseconds{8});
  EXPECT_EQ(lines.all.size(), 1U);
  return lines.all.empty() ? "" : lines.all.front();
}

bool holds(const std::string& line, std::string_view text) {
  return line.find(text) != std::string::npos;
}

TEST(AttemptLog, NamesTheEventAndWhoMustAct) {
  struct Row {
    Outcome outcome;
    policy::NextStep next;
    std::string_view expected;
  };
  const std::vector<Row> rows = {
      {Outcome::accepted, Finish{}, R"("level":"info","event":"rfi.submitted")"},
      {Outcome::rejected,
       Finish{RfiState::failed, Failure::rejected, ""},
       R"("level":"warning","event":"rfi.failed")"},
      {Outcome::throttled, policy::RetryAt{kNow, ""}, R"("level":"info","event":"rfi.retry")"},
      {Outcome::unauthorized, policy::Resend{}, R"("level":"info","event":"rfi.retry")"},
      {Outcome::unknown, policy::RetryAt{kNow, ""}, R"("level":"info","event":"rfi.unknown")"},
      {Outcome::unknown,
       Finish{RfiState::failed, Failure::exhausted, ""},
       R"("level":"warning","event":"rfi.failed")"},
  };
  for (const Row& row : rows) {
    const std::string line = line_of(ended(row.outcome, row.next));
    EXPECT_TRUE(holds(line, row.expected)) << line;
    EXPECT_TRUE(holds(line, "\"outcome\":\"" + std::string{to_string(row.outcome)} + "\"")) << line;
  }
}

TEST(AttemptLog, HoldsTheWholeDecision) {
  EndedAttempt attempt = ended(Outcome::throttled, policy::RetryAt{kNow, ""});
  attempt.closing.http_status = 429;
  attempt.closing.request_id = "req-1";
  attempt.closing.detail = "HTTP 429: slow down";
  const std::string line = line_of(attempt);
  for (const std::string_view part :
       {R"("reference":"rfi-1")",
        R"("customer_id":"6f9619ff-8b86-4d01-b42d-100000000001")",
        R"("attempt":1)",
        R"("http_status":429)",
        R"("detail":"HTTP 429: slow down")",
        R"("fields":["proof_of_identity.number"])",
        R"("withheld":["proof_of_identity.country"])",
        R"("body_sha256":"abc123")",
        R"("request_id":"req-1")",
        R"("duration_ms":{"queue":11,"connect":1,"send":2,"wait":4,"commit":8})",
        R"("next_attempt_at":"2027-01-15T08:00:00.000Z")"}) {
    EXPECT_TRUE(holds(line, part)) << part << "\n" << line;
  }
  EXPECT_FALSE(holds(line, kDocumentValue));
}

TEST(AttemptLog, WarnsOfACappedRetryAfter) {
  EndedAttempt attempt = ended(Outcome::throttled, policy::RetryAt{kNow, ""});
  attempt.retry_after_capped = true;
  const std::string line = line_of(attempt);
  EXPECT_TRUE(holds(line, R"("level":"warning","event":"rfi.retry")")) << line;
  EXPECT_TRUE(holds(line, R"("retry_after_capped":true)")) << line;
}

TEST(AttemptLog, CallsAnObjectionOfTheLeafCheckCritical) {
  Lines lines;
  service::log_refused(lines.log,
                       {queue::RfiId{1}, "rfi-1", "customer", Failure::invalid, "a leaf", true});
  ASSERT_EQ(lines.all.size(), 2U);
  EXPECT_TRUE(holds(lines.all[0], R"("level":"critical","event":"allowlist.violation")"));
  EXPECT_TRUE(holds(lines.all[1], R"("level":"warning","event":"rfi.failed")"));
  EXPECT_TRUE(holds(lines.all[1], R"("failure":"invalid")"));
}

TEST(AttemptLog, TellsOfCancelledAndRecoveredRows) {
  Lines lines;
  service::log_cancelled(lines.log, {queue::RfiId{1}, "rfi-1", "customer"});
  service::log_recovered(lines.log, {{queue::RfiId{2}, 3}, "rfi-2", "customer"});
  ASSERT_EQ(lines.all.size(), 2U);
  EXPECT_TRUE(holds(lines.all[0], R"("level":"info","event":"rfi.cancelled","reference":"rfi-1")"));
  EXPECT_TRUE(holds(lines.all[1], R"("event":"queue.recovered")"));
  EXPECT_TRUE(holds(lines.all[1], R"("attempt":3)"));
}

}  // namespace
}  // namespace rfi::test
