#include "rfi/queue/plan.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rfi::queue::test {
namespace {

UtcTime at(std::int64_t ms) {
  return policy::utc_from_unix_ms(ms);
}

LineRow row(std::int64_t id, std::int64_t priority, std::int64_t due_ms) {
  LineRow row;
  row.id = RfiId{id};
  row.customer_id = "customer " + std::to_string(id);
  row.priority = priority;
  row.due_at = at(due_ms);
  row.waited_since = at(0);
  return row;
}

RfiId first_claim(std::vector<LineRow> line, std::uint64_t claims_before, bool probing) {
  std::vector<LineRow> aged = line;
  const CustomerKeys nobody;
  const PlanInput input = {.line = line,
                           .aged = aged,
                           .now = at(1000),
                           .claim_limit = 1,
                           .retry_limit = 1,
                           .claims_before = claims_before,
                           .probing = probing,
                           .limits = {}};
  const auto decisions = plan_claims(input, {}, BusyCustomers{nobody});
  return decisions.empty() ? RfiId{} : decisions.front().row.id;
}

TEST(Plan, ProbesGoToTheRowThatHasWaitedLongestForItsNextTry) {
  const std::vector<LineRow> line = {row(1, 5, 900), row(2, 4, 800), row(3, 0, 0), row(4, 0, 0)};
  for (std::uint64_t claims_before = 0; claims_before < kAgeingSlots; ++claims_before) {
    EXPECT_EQ(first_claim(line, claims_before, true), RfiId{3});
  }
  EXPECT_EQ(first_claim(line, 0, false), RfiId{1}) << "priority goes first once it is fit";
}

}  // namespace
}  // namespace rfi::queue::test
