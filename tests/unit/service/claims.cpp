#include "unit/service/claims.hpp"

#include "rfi/platform/clock.hpp"

namespace rfi::test {

queue::Claim claim(std::int64_t id) {
  queue::Claim claim;
  claim.attempt = {.rfi = queue::RfiId{id}, .number = 1};
  claim.reference = "rfi-" + std::to_string(id);
  claim.customer_id = "6f9619ff-8b86-4d01-b42d-" + std::to_string(100'000'000'000 + id);
  claim.prepared.body =
      R"({"proof_of_identity":{"number":")" + std::string{kDocumentValue} + R"("}})";
  claim.prepared.body_sha256 = "abc123";
  claim.prepared.sent = {"proof_of_identity.number"};
  claim.prepared.withheld = {"proof_of_identity.country"};
  claim.started_at = platform::SystemClock{}.utc_now();
  claim.waited_since = claim.started_at - std::chrono::seconds{1};
  claim.attempts = 1;
  return claim;
}

std::vector<queue::Claim> claims(std::int64_t count) {
  std::vector<queue::Claim> rows;
  for (std::int64_t id = 1; id <= count; ++id) {
    rows.push_back(claim(id));
  }
  return rows;
}

}  // namespace rfi::test
