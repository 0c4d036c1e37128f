#include "rfi/queue/store.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>
#include <variant>

namespace rfi::queue {

Store::Store(StoreOptions options)
    : options_(std::move(options)),
      session_(std::make_unique<Session>(options_.path, options_.journal, options_.busy_timeout)) {
  unfit_ = session_->ledger().unfit_periods();
  seen_version_ = session_->data_version();
}

template <class Call>
auto Store::guarded(Call call) {
  if (!session_) {
    session_ = std::make_unique<Session>(options_.path, options_.journal, options_.busy_timeout);
    unfit_ = session_->ledger().unfit_periods();
    prepared_.clear();
  }
  try {
    return call();
  } catch (const SqliteError& error) {
    // A lock that was not granted has changed nothing.
    if (error.primary() != SQLITE_BUSY && error.primary() != SQLITE_LOCKED) {
      doubt_last_commit();
    }
    throw;
  }
}

ExchangeResult Store::exchange(const Exchange& exchange) {
  return guarded([&] { return try_exchange(exchange); });
}

std::vector<Recovered> Store::recover(UtcTime now) {
  return guarded([&] { return try_recover(now); });
}

void Store::doubt_last_commit() {
  in_doubt_ = true;
  session_.reset();
}

const Database& Store::database() {
  return *guarded([&] { return &session_->database(); });
}

ExchangeResult Store::try_exchange(const Exchange& exchange) {
  Work work{.exchange = exchange,
            .line = nullptr,
            .result = {},
            .open = open_,
            .busy = busy_after(exchange.closings),
            .freed = {},
            .period = std::nullopt};
  auto outlook = look(work);
  if (!outlook.work && !in_doubt_) {
    return std::move(work.result);
  }
  prepare(std::move(outlook));

  const Database& database = session_->database();
  Transaction transaction(database);
  seen_version_ = session_->data_version();
  work.line = session_->line();
  work.busy = busy_after({});
  for (const Closing& closing : exchange.closings) {
    record(work, closing);
  }
  if (in_doubt_) {
    disown_doubtful(work);
  }
  for (const RfiId id : exchange.refunds) {
    session_->ledger().refund_attempt(id);
  }
  obey_clock(work);
  note_fitness(work);
  blocked_ = work.line == nullptr;
  if (!blocked_) {
    tidy(work);
    claim(work);
  }
  look_ahead(work);
  auto unfit = work.period ? session_->ledger().unfit_periods() : unfit_;
  transaction.commit();

  // Nothing from here on may fail: the commit is made, and the call would be made again.
  in_doubt_ = false;
  open_ = std::move(work.open);
  claims_made_ += work.result.claims.size();
  unfit_ = std::move(unfit);
  for (const Claim& claim : work.result.claims) {
    prepared_.erase(claim.attempt.rfi);
  }
  return std::move(work.result);
}

std::set<std::string> Store::busy_after(const std::vector<Closing>& closings) const {
  std::set<std::string> busy;
  for (const auto& [id, row] : open_) {
    busy.insert(customer_key(row.customer_id));
  }
  for (const Closing& closing : closings) {
    const auto row = open_.find(closing.attempt.rfi);
    if (row != open_.end() && !std::holds_alternative<policy::Resend>(closing.next)) {
      busy.erase(customer_key(row->second.customer_id));
    }
  }
  return busy;
}

void Store::reconfigure(StoreSettings settings) {
  options_.settings = std::move(settings);
  prepared_.clear();
}

bool Store::changed_by_others() {
  if (!session_) {
    return false;
  }
  const auto version = session_->data_version();
  return std::exchange(seen_version_, version) != version;
}

std::optional<std::string> Store::claims_blocked() const {
  if (!blocked_) {
    return std::nullopt;
  }
  return fmt::format(
      "the schema of queue {} was altered by somebody: nothing is claimed until the tables, "
      "indexes and triggers are "
      "again those of `rfi-submitd migrate` (compare with `.schema` of a new queue)",
      options_.path.string());
}

}  // namespace rfi::queue
