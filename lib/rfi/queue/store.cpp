#include "rfi/queue/store.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>
#include <variant>

namespace rfi::queue {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

Store::Store(StoreOptions options)
    : options_(std::move(options)),
      file_(options_.path),
      space_(options_.path, options_.space),
      session_(std::make_unique<Session>(options_.path, options_.journal, options_.busy_timeout)) {
  unfit_ = session_->ledger().unfit_periods();
  seen_version_ = session_->data_version();
}

template <class Call>
auto Store::guarded(Call call) {
  require_file();
  try {
    if (!session_) {
      session_ = std::make_unique<Session>(options_.path, options_.journal, options_.busy_timeout);
      unfit_ = session_->ledger().unfit_periods();
      forget_prepared();
    }
    return call();
  } catch (const SqliteError& error) {
    // A lock that was not granted has changed nothing.
    if (!error.is_lock()) {
      doubt_last_commit();
    }
    if (error.primary() == SQLITE_FULL) {
      space_.found_full(Clock::now());
    }
    if (error.primary() == SQLITE_CORRUPT) {
      if (const auto failure = file_.read_failure()) {
        throw SqliteError(SQLITE_IOERR_READ, *failure);
      }
    }
    throw;
  }
}

void Store::require_file() const {
  if (const auto fault = file_.fault()) {
    throw SqliteError(SQLITE_READONLY_DBMOVED, *fault);
  }
}

ExchangeResult Store::exchange(const Exchange& exchange) {
  const bool claims = exchange.claim_limit > 0;
  const bool must_not = claims && (space_.look(Clock::now()) || file_.second_name());
  return guarded([&] { return must_not ? claim_nothing(exchange) : try_exchange(exchange); });
}

/// The outcomes alone: they take the room that is left.
ExchangeResult Store::claim_nothing(const Exchange& exchange) {
  Exchange outcomes = exchange;
  outcomes.claim_limit = 0;
  auto result = try_exchange(outcomes);
  // Not empty, and not to be asked in a circle.
  result.more_due = false;
  result.next_due = exchange.now + kLookWhenBlocked;
  return result;
}

void Store::shorten_wal() {
  if (session_) {
    session_->wal().shorten();
  }
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
  Work work(exchange, busy_);
  for (PreparedCache::Entry& entry : ahead_.take()) {
    prepared_.insert(std::move(entry));
  }
  auto outlook = look(work);
  if (!outlook.work && !in_doubt_) {
    return std::move(work.result);
  }
  ahead_.start(options_.settings.prepare, std::move(outlook.ahead), outlook.data_version);
  prepare(std::move(outlook.unprepared), outlook.data_version);

  const Database& database = session_->database();
  Transaction transaction(database);
  const auto locked_at = Clock::now();
  note_version(session_->data_version());
  const bool outlook_holds =
      outlook.data_version == seen_version_ && !outlook.upsetting && !in_doubt_;
  work.line = session_->line();
  work.busy = BusyCustomers(busy_);
  record_uploads(work);
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
    claim(work, decide(work, std::move(outlook), outlook_holds));
  }
  for (const auto& [state, count] : work.finished) {
    session_->ledger().add_to_tally(state, count);
  }
  look_ahead(work);
  transaction.commit();
  require_file();  // a commit into a file that is gone is worth nothing
  settle(work);
  const auto now = Clock::now();
  work.result.pause = courtesy_.pause_after(now - locked_at, now);
  return std::move(work.result);
}

/// True when somebody else has committed since the last call.
bool Store::note_version(std::int64_t version) {
  if (std::exchange(seen_version_, version) == version) {
    return false;
  }
  courtesy_.others_committed(Clock::now());
  return true;
}

/// Nothing in here may fail: the commit is made, and the call would be made again.
void Store::settle(Work& work) {
  in_doubt_ = false;
  settle_superseded(work);
  for (const RfiId id : work.closed) {
    open_.erase(id);
  }
  for (const auto& [id, row] : work.opened) {
    open_.erase(id);  // a re-send takes the place of what it repeats
  }
  open_.merge(work.opened);
  std::move(work.busy).settle(busy_);
  claims_made_ += work.result.claims.size();
  if (work.unfit) {
    unfit_ = *std::move(work.unfit);
  }
  for (const Claim& claim : work.result.claims) {
    prepared_.erase(claim.attempt.rfi);
  }
}

/// The row as this exchange has it by now.
const Store::OpenRow* Store::find_open(const Work& work, RfiId id) const {
  if (const auto opened = work.opened.find(id); opened != work.opened.end()) {
    return &opened->second;
  }
  const auto open = work.closed.contains(id) ? open_.end() : open_.find(id);
  return open != open_.end() ? &open->second : nullptr;
}

void Store::reconfigure(StoreSettings settings) {
  options_.settings = std::move(settings);
  forget_prepared();
}

void Store::forget_prepared() {
  (void)ahead_.take();
  prepared_.clear();
}

Sight Store::changed_by_others() {
  if (!session_) {
    return Sight::unchanged;
  }
  // A lock that is held now is no reason to wait: whoever looks comes back.
  const BusyWait::Suspended at_once{session_->database().busy_wait()};
  try {
    return note_version(session_->data_version()) ? Sight::changed : Sight::unchanged;
  } catch (const SqliteError& error) {
    if (error.primary() != SQLITE_BUSY) {
      throw;
    }
    return Sight::locked;
  }
}

std::optional<std::string> Store::trouble() {
  if (auto fault = file_.fault()) {
    return fault;
  }
  if (auto link = file_.second_name()) {
    return link;
  }
  if (auto shortage = space_.look(Clock::now())) {
    return shortage;
  }
  if (blocked_) {
    return fmt::format(
        "the schema of queue {} was altered by somebody: nothing is claimed until the tables, "
        "indexes and triggers are "
        "again those of `rfi-submitd migrate` (compare with `.schema` of a new queue)",
        options_.path.string());
  }
  return session_ ? wal_.look(session_->database(), Clock::now()) : std::nullopt;
}

}  // namespace rfi::queue
