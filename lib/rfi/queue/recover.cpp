// Taking back at start what a crash has left open.
#include "rfi/queue/store.hpp"

namespace rfi::queue {
namespace {

constexpr int kCustomersPerCommit = 500;

}  // namespace

std::vector<Recovered> Store::try_recover(UtcTime now) {
  std::vector<Recovered> recovered;
  {
    Transaction transaction(session_->database());
    Ledger& ledger = session_->ledger();
    recovered = ledger.open_attempts();
    for (const auto& [key, reference, customer_id] : recovered) {
      Closing closing;
      closing.attempt = key;
      closing.outcome = policy::Outcome::unknown;
      closing.finished_at = now;
      closing.detail = "the service ended while this attempt was open";
      ledger.finish_attempt(closing);
      ledger.return_row(key.rfi, std::nullopt, closing.detail, 0, now);
    }
    ledger.return_orphans(now);
    transaction.commit();
  }
  open_.clear();
  busy_.clear();
  release_all_customers();
  return recovered;
}

/// No customer is busy now, so one row of each who has waiting rows comes into line.
void Store::release_all_customers() {
  std::optional<std::string> customer = "";
  while (customer) {
    Transaction transaction(session_->database());
    Line* line = session_->line();
    for (int count = 0; line != nullptr && customer && count < kCustomersPerCommit; ++count) {
      customer = line->customer_after(*customer);
      if (customer) {
        if (const auto waiting = line->best_of_customer(*customer)) {
          line->bring_in(waiting->id);
        }
      }
    }
    transaction.commit();
    if (line == nullptr) {
      return;
    }
  }
}

}  // namespace rfi::queue
