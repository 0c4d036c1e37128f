#include "rounds.hpp"

#include "rfi/queue/sqlite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace rfi::bench {
namespace {

using namespace std::chrono_literals;

queue::UtcTime now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

queue::StoreOptions options(const std::filesystem::path& queue, queue::JournalMode journal) {
  queue::StoreOptions options;
  options.path = queue;
  options.journal = journal;
  options.version = "bench";
  options.settings.policy_sha256 = std::string(64, 'b');
  options.settings.prepare = [](const queue::Candidate& candidate) {
    return queue::Prepared{.body = candidate.documents,
                           .body_sha256 = std::string(64, 'a'),
                           .sent = {"proof_of_identity.files", "proof_of_address"},
                           .withheld = {"proof_of_identity.number"}};
  };
  return options;
}

queue::Closing accepted(const queue::Claim& claim) {
  queue::Closing closing;
  closing.attempt = claim.attempt;
  closing.outcome = policy::Outcome::accepted;
  closing.finished_at = claim.started_at + 1ms;
  closing.http_status = 200;
  closing.duration = 1ms;
  closing.next = policy::Finish{};
  return closing;
}

// So many rows in one commit: the journal holds little, as all of them are new pages.
constexpr std::size_t kRowsAtOnce = 250'000;

std::string numbers(std::size_t first, std::size_t last) {
  return fmt::format(
      "WITH RECURSIVE n(i) AS (SELECT {} UNION ALL SELECT i + 1 FROM n WHERE i < {}) ",
      first,
      last);
}

/// Rows whose references begin with `letter` so that they come in the order of the index.
/// `columns` and `values` may use i.
void insert(const queue::Database& database,
            char letter,
            std::size_t count,
            const std::string& columns,
            const std::string& values) {
  for (std::size_t first = 1; first <= count; first += kRowsAtOnce) {
    database.execute(fmt::format(
        "{}INSERT INTO rfi (reference, customer_id, requested, documents, {}) SELECT "
        "printf('{}%010d', i), printf('%08x-{}{}{}{}-4000-8000-000000000000', i), '{}', '{}', {} "
        "FROM n",
        numbers(first, std::min(count, first + kRowsAtOnce - 1)),
        columns,
        letter,
        letter,
        letter,
        letter,
        letter,
        kRequested,
        kDocuments,
        values));
  }
}

void insert_attempts(const queue::Database& database, std::size_t finished) {
  for (std::size_t first = 1; first <= finished; first += kRowsAtOnce) {
    database.execute(fmt::format(
        "INSERT INTO attempt (rfi_id, number, started_at, finished_at, outcome, http_status, "
        "body_sha256, body_bytes, fields, duration_ms, version, policy_sha256) SELECT id, 1, "
        "finished_at, finished_at, 'accepted', 200, '{}', 215, '[\"proof_of_address\"]', 1, "
        "'bench', '{}' FROM rfi WHERE id BETWEEN {} AND {} ORDER BY id",
        std::string(64, 'a'),
        std::string(64, 'b'),
        first,
        first + kRowsAtOnce - 1));
  }
}

}  // namespace

Rounds::Rounds(const std::filesystem::path& queue, queue::JournalMode journal)
    : store_(options(queue, journal)) {
  (void)store_.recover(now());
}

std::size_t Rounds::run() {
  const auto result = store_.exchange(
      {.closings = std::exchange(closings_, {}), .claim_limit = kRows, .now = now()});
  for (const auto& claim : result.claims) {
    closings_.push_back(accepted(claim));
  }
  if (store_.wal_is_long()) {
    store_.shorten_wal();
  }
  return result.claims.size();
}

void Rounds::finish() {
  (void)store_.exchange({.closings = std::exchange(closings_, {}), .claim_limit = 0, .now = now()});
}

void fill(const std::filesystem::path& queue,
          std::size_t finished,
          std::size_t pending,
          std::size_t retrying) {
  const queue::Database database(queue, queue::OpenMode::read_write);
  database.execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;");
  const auto month_ago = policy::unix_ms(now() - 720h);
  insert(database,
         'a',
         finished,
         "created_at, state, attempts, updated_at, finished_at",
         fmt::format("{0} + i / 10, 'submitted', 1, {0} + i / 10, {0} + i / 10", month_ago));
  insert_attempts(database, finished);
  database.execute(fmt::format("UPDATE tally SET count = {} WHERE state = 'submitted'", finished));
  insert(database, 'b', pending, "created_at", std::to_string(policy::unix_ms(now() - 1h)));
  insert(database,
         'c',
         retrying,
         "created_at, attempts, waiting_for, next_attempt_at",
         fmt::format(
             "{}, 1, 'time', {} + i", policy::unix_ms(now() - 1h), policy::unix_ms(now() + 1h)));
}

}  // namespace rfi::bench
