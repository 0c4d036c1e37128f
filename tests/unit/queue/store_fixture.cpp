#include "unit/queue/store_fixture.hpp"

#include <fmt/format.h>

#include <utility>

namespace rfi::queue::test {

StoreTest::StoreTest() = default;

StoreOptions StoreTest::options() {
  StoreOptions options;
  options.path = path();
  options.version = "1.2.3";
  options.settings.policy_sha256 = "policy";
  options.settings.limits = limits_;
  options.settings.prepare =
      [this](const Candidate& candidate) -> std::variant<Prepared, Unsendable> {
    if (while_preparing_) {
      while_preparing_(candidate);
    }
    if (candidate.documents.find("bad") != std::string::npos) {
      return Unsendable{.detail = "cannot be sent", .allowlist_violation = false};
    }
    return Prepared{.body = candidate.documents,
                    .body_sha256 = "hash of " + candidate.reference,
                    .sent = {"proof_of_address.files", "with \"quotes\""},
                    .withheld = {}};
  };
  return options;
}

Store& StoreTest::store() {
  if (!store_) {
    store_ = std::make_unique<Store>(options());
  }
  return *store_;
}

void StoreTest::restart() {
  store_.reset();
  (void)store();
}

ExchangeResult StoreTest::exchange(std::size_t limit, std::vector<Closing> closings) {
  return store().exchange({.closings = std::move(closings), .claim_limit = limit, .now = now_});
}

std::vector<std::string> StoreTest::references(const ExchangeResult& result) {
  std::vector<std::string> found;
  found.reserve(result.claims.size());
  for (const Claim& claim : result.claims) {
    found.push_back(claim.reference);
  }
  return found;
}

std::vector<std::string> StoreTest::claim(std::size_t limit) {
  return references(exchange(limit));
}

Closing StoreTest::accepted(const Claim& claim) {
  Closing closing;
  closing.attempt = claim.attempt;
  closing.outcome = policy::Outcome::accepted;
  closing.finished_at = claim.started_at + 5ms;
  closing.http_status = 200;
  closing.duration = 5ms;
  closing.next = policy::Finish{};
  return closing;
}

Closing StoreTest::retry(const Claim& claim,
                         policy::Outcome outcome,
                         std::chrono::milliseconds delay) const {
  Closing closing;
  closing.attempt = claim.attempt;
  closing.outcome = outcome;
  closing.finished_at = now_;
  closing.next = policy::RetryAt{now_ + delay, "trouble"};
  return closing;
}

std::string StoreTest::state(const std::string& reference) {
  return field("state", reference);
}

std::string StoreTest::field(const std::string& column, const std::string& reference) {
  return producer_.text(
      fmt::format("SELECT {} FROM rfi WHERE reference = '{}'", column, reference));
}

}  // namespace rfi::queue::test
