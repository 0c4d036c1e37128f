#include "power/scenario.hpp"

#include "rfi/queue/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <stdexcept>
#include <variant>

namespace rfi::power {

using namespace std::chrono_literals;
using policy::Outcome;
using queue::Closing;

namespace {

constexpr int kMostTries = 200;
constexpr std::size_t kCustomers = 6;

}  // namespace

Scenario::Scenario(Disk& disk, std::filesystem::path placeholder, Ways ways, std::uint64_t seed)
    : disk_(disk),
      path_(std::move(placeholder)),
      ways_(std::move(ways)),
      random_(seed),
      now_(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())) {
  open_store();
  open_producer();
}

Scenario::~Scenario() {
  die();
}

void Scenario::die() {
  store_.reset();
  sqlite3_close_v2(producer_);
  producer_ = nullptr;
}

void Scenario::open_store() {
  queue::StoreOptions options;
  options.path = path_;
  options.journal = ways_.journal == "wal" ? queue::JournalMode::wal : queue::JournalMode::rollback;
  options.version = "1.2.3";
  options.settings.policy_sha256 = "policy";
  options.settings.prepare =
      [](const queue::Candidate& candidate) -> std::variant<queue::Prepared, queue::Unsendable> {
    return queue::Prepared{candidate.documents, "hash of " + candidate.reference, {}, {"a"}, {}};
  };
  options.busy_timeout = 1ms;
  options.space.ballast = 0;
  options.space.full_for = 0ms;
  store_ = std::make_unique<queue::Store>(std::move(options));
  if (ways_.journal == "truncate") {
    store_->database().execute("PRAGMA journal_mode = TRUNCATE");
  }
  store_->database().execute("PRAGMA synchronous = " + ways_.synchronous);
}

void Scenario::open_producer() {
  if (sqlite3_open_v2(path_.c_str(), &producer_, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
    const std::string pragmas =
        "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = " + ways_.synchronous + ";" +
        (ways_.journal == "wal" ? "" : ways_.producer);
    sqlite3_exec(producer_, pragmas.c_str(), nullptr, nullptr, nullptr);
    sqlite3_db_config(producer_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
}

template <class Work>
bool Scenario::until_it_works(Work work) {
  std::string last;
  for (int tries = 0; tries < kMostTries; ++tries) {
    try {
      if (disk_.is_off()) {
        return false;
      }
      work();
      return true;
    } catch (const queue::SqliteError& error) {
      if (disk_.is_off()) {
        return false;
      }
      if (error.primary() == SQLITE_CORRUPT || error.primary() == SQLITE_NOTADB) {
        throw;
      }
      last = error.what();
    } catch (const std::exception&) {
      // A process whose disk is gone may end as it likes.
      if (disk_.is_off()) {
        return false;
      }
      throw;
    }
  }
  throw std::runtime_error("a call does not get through although its disk works: " + last);
}

void Scenario::step() {
  now_ += std::chrono::milliseconds(1 + pick(2000));
  const auto choice = pick(12);
  if (choice < 3) {
    insert_rows();
  } else if (choice == 3) {
    cancel_row();
  } else {
    exchange(random_exchange());
  }
}

bool Scenario::produce(const std::string& sql) {
  if (producer_ == nullptr) {
    open_producer();
  }
  const bool done = producer_ != nullptr &&
                    sqlite3_exec(producer_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  if (!done) {
    sqlite3_close_v2(producer_);
    producer_ = nullptr;
  }
  return done;
}

void Scenario::insert_rows() {
  std::vector<std::string> references;
  std::string sql = "BEGIN IMMEDIATE;";
  for (std::size_t rows = 1 + pick(3); rows > 0; --rows) {
    references.push_back(fmt::format("r{}", ++rows_tried_));
    sql += fmt::format(
        "INSERT INTO rfi (reference, customer_id, requested, documents) VALUES ('{}', "
        "'00000000-0000-4000-8000-{:012}', '[]', '{{\"of\":\"{}{}\"}}');",
        references.back(),
        pick(kCustomers),
        references.back(),
        std::string(pick(3) == 0 ? 200 + pick(6000) : 0, 'x'));
  }
  if (produce(sql + "COMMIT")) {
    acknowledged_.insert(references.begin(), references.end());
  }
}

void Scenario::cancel_row() {
  (void)produce(fmt::format(
      "UPDATE rfi SET state = 'cancelled' WHERE reference = 'r{}' AND state = 'pending'",
      1 + pick(rows_tried_ + 1)));
}

Closing Scenario::accepted(const queue::Claim& claim) const {
  Closing closing;
  closing.attempt = claim.attempt;
  closing.outcome = Outcome::accepted;
  closing.finished_at = now_;
  closing.http_status = 200;
  closing.next = policy::Finish{};
  return closing;
}

Closing Scenario::random_closing(const queue::Claim& claim) {
  Closing closing = accepted(claim);
  const policy::RetryAt retry{now_ + std::chrono::milliseconds(pick(3000)), "trouble"};
  switch (pick(8)) {
    case 0:
      closing.outcome = Outcome::unavailable;
      closing.next = retry;
      closing.cost = pick(2) == 0 ? queue::Cost::by_outcome : queue::Cost::none;
      break;
    case 1:
      closing.outcome = Outcome::not_sent;
      closing.next = retry;
      break;
    case 2:
      closing.outcome = Outcome::not_sent;
      closing.next = retry;
      closing.cost = queue::Cost::withdrawn;
      break;
    case 3:
      closing.outcome = Outcome::unauthorized;
      closing.next = policy::Resend{};
      break;
    case 4:
      closing.outcome = Outcome::rejected;
      closing.next =
          policy::Finish{policy::RfiState::failed, policy::Failure::rejected, "HTTP 422"};
      break;
    case 5:
      closing.outcome = Outcome::rejected;
      closing.confirmation = queue::Confirmation{now_, 200};
      break;
    default:
      break;
  }
  return closing;
}

queue::Exchange Scenario::random_exchange() {
  queue::Exchange request;
  request.now = now_;
  request.claim_limit = pick(4);
  if (pick(8) == 0) {
    unfit_ = !unfit_;
  }
  request.destination_unfit = unfit_;
  if (pick(8) == 0) {
    request.retry_limit = pick(2);
    request.retry_pause = 500ms;
  }
  if (pick(12) == 0) {
    request.clock_shift = 1500ms;
  }
  for (const auto& [row, claim] : open_) {
    if (pick(3) != 0) {
      request.closings.push_back(random_closing(claim));
    } else if (pick(4) == 0) {
      request.refunds.push_back(claim.attempt.rfi);
    }
  }
  return request;
}

void Scenario::exchange(queue::Exchange request) {
  queue::ExchangeResult result;
  if (until_it_works([&] { result = store_->exchange(request); })) {
    take(request, std::move(result));
  } else {
    doubt(request);
  }
  if (pick(4) == 0) {
    store_->shorten_wal();
  }
}

void Scenario::close_in_memory(const Closing& closing) {
  const Key key{static_cast<std::int64_t>(closing.attempt.rfi), closing.attempt.number};
  const bool withdrawn = closing.cost == queue::Cost::withdrawn;
  attempts_[key] = {withdrawn ? "absent" : std::string(policy::to_string(closing.outcome))};
  if (closing.confirmation) {
    attempts_[{key.first, key.second + 1}] = {"confirmed"};
  }
  if (const auto* finish = std::get_if<policy::Finish>(&closing.next)) {
    states_[key.first] = {std::string(policy::to_string(finish->state))};
  }
}

void Scenario::take(const queue::Exchange& request, queue::ExchangeResult result) {
  std::size_t resends = 0;
  for (const Closing& closing : request.closings) {
    const auto row = static_cast<std::int64_t>(closing.attempt.rfi);
    close_in_memory(closing);
    if (std::holds_alternative<policy::Resend>(closing.next)) {
      const auto key = result.resends.at(resends++);
      open_.at(row).attempt = key;
      attempts_[{row, key.number}] = {"open"};
    } else {
      open_.erase(row);
    }
  }
  claims_made_ += result.claims.size();
  for (queue::Claim& claim : result.claims) {
    const auto row = static_cast<std::int64_t>(claim.attempt.rfi);
    attempts_[{row, claim.attempt.number}] = {"open"};
    open_.insert_or_assign(row, std::move(claim));
  }
}

/// The power went during this exchange: all of it is in the file, or nothing.
void Scenario::doubt(const queue::Exchange& request) {
  for (const Closing& closing : request.closings) {
    const auto row = static_cast<std::int64_t>(closing.attempt.rfi);
    const bool confirms = closing.confirmation.has_value();
    close_in_memory(closing);
    attempts_[{row, closing.attempt.number}].insert("open");
    if (confirms) {
      attempts_[{row, closing.attempt.number + 1}].insert("absent");
    }
    if (std::holds_alternative<policy::Finish>(closing.next)) {
      states_[row].insert("pending");
    }
    if (closing.cost == queue::Cost::withdrawn) {
      // Its number may have gone to the next attempt of the row in the same commit.
      attempts_[{row, closing.attempt.number}].insert("open");
    }
  }
}

void Scenario::restart() {
  for (auto& [key, allowed] : attempts_) {
    if (allowed.contains("open")) {
      allowed.erase("open");
      allowed.insert("unknown");
    }
  }
  open_.clear();
  if (!until_it_works([this] { open_store(); }) ||
      !until_it_works([this] { (void)store_->recover(now_); })) {
    return;
  }
  open_producer();
  unfit_ = pick(2) == 0;
}

void Scenario::finish() {
  for (int round = 0; round < 400; ++round) {
    now_ += 5s;
    queue::Exchange request;
    request.now = now_;
    request.claim_limit = 8;
    for (const auto& [row, claim] : open_) {
      request.closings.push_back(accepted(claim));
    }
    const bool closes = !request.closings.empty();
    exchange(std::move(request));
    if (disk_.is_off() || (!closes && open_.empty())) {
      return;
    }
  }
  throw std::runtime_error("the queue is never empty");
}

}  // namespace rfi::power
