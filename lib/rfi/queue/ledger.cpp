#include "rfi/queue/ledger.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string>

namespace rfi::queue {
namespace {

std::int64_t number(RfiId id) {
  return static_cast<std::int64_t>(id);
}

Applied applied(std::int64_t changes) {
  return changes > 0 ? Applied::yes : Applied::no;
}

/// An empty text is stored as NULL: there is nothing to say.
std::optional<std::string_view> or_null(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::string json_array(const std::vector<std::string>& texts) {
  boost::json::array array;
  array.reserve(texts.size());
  for (const auto& text : texts) {
    array.emplace_back(text);
  }
  return boost::json::serialize(array);
}

}  // namespace

Ledger::Ledger(const Database& database)
    : database_(database),
      // What a producer may have written past the CHECKs is put right: no row stops the line.
      open_row_(database,
                "UPDATE rfi SET state = 'submitting', failure = NULL, "
                "attempts = max(attempts, 0) + 1, updated_at = ?2, "
                "next_attempt_at = NULL WHERE id = ?1 AND state = 'pending'"),
      insert_attempt_(database,
                      "INSERT INTO attempt (rfi_id, number, started_at, body_sha256, body_bytes, "
                      "fields, version, policy_sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
      repeat_attempt_(
          database,
          "INSERT INTO attempt (rfi_id, number, started_at, body_sha256, body_bytes, fields, "
          "version, policy_sha256) SELECT rfi_id, number + 1, ?3, body_sha256, body_bytes, fields, "
          "?4, ?5 FROM attempt WHERE rfi_id = ?1 AND number = ?2"),
      attempt_exists_(database, "SELECT 1 FROM attempt WHERE rfi_id = ?1 AND number = ?2"),
      // A look that confirms is a row without a body: nothing was sent.
      finish_attempt_(
          database,
          "UPDATE attempt SET finished_at = ?3, outcome = ?4, http_status = ?5, error = ?6, "
          "detail = ?7, request_id = ?8, duration_ms = ?9, "
          "body_sha256 = CASE WHEN ?4 = 'confirmed' THEN NULL ELSE body_sha256 END, "
          "body_bytes = CASE WHEN ?4 = 'confirmed' THEN NULL ELSE body_bytes END, "
          "fields = CASE WHEN ?4 = 'confirmed' THEN NULL ELSE fields END "
          "WHERE rfi_id = ?1 AND number = ?2 AND finished_at IS NULL"),
      withdraw_attempt_(
          database,
          "DELETE FROM attempt WHERE rfi_id = ?1 AND number = ?2 AND finished_at IS NULL"),
      return_row_(database,
                  "UPDATE rfi SET state = 'pending', next_attempt_at = ?2, detail = ?3, "
                  "attempts = max(attempts - ?4, 0), updated_at = ?5, "
                  "waiting_for = CASE WHEN ?2 > ?5 THEN 'time' END "
                  "WHERE id = ?1 AND state = 'submitting'"),
      finish_row_(database,
                  "UPDATE rfi SET state = ?2, failure = ?3, detail = ?4, "
                  "attempts = max(attempts - ?5, 0), updated_at = ?6, finished_at = ?6, "
                  "next_attempt_at = NULL, waiting_for = NULL "
                  "WHERE id = ?1 AND state = 'submitting'"),
      fail_row_(database,
                "UPDATE rfi SET state = 'failed', failure = ?2, detail = ?3, updated_at = ?4, "
                "finished_at = ?4, next_attempt_at = NULL, waiting_for = NULL "
                "WHERE id = ?1 AND state = 'pending'"),
      tally_(database,
             "INSERT INTO tally (state, failure, count) VALUES (?1, ?2, ?3) "
             "ON CONFLICT (state, failure) DO UPDATE SET count = count + excluded.count"),
      history_(database,
               "SELECT number, outcome, started_at, body_sha256 IS NOT NULL FROM attempt "
               "WHERE rfi_id = ?1 "
               "ORDER BY number DESC"),
      open_attempts_(database,
                     "SELECT attempt.rfi_id, attempt.number, ifnull(rfi.reference, ''), "
                     "ifnull(rfi.customer_id, '') FROM attempt LEFT JOIN rfi ON rfi.id = "
                     "attempt.rfi_id WHERE attempt.finished_at IS NULL"),
      orphans_(
          database,
          "UPDATE rfi SET state = 'pending', failure = NULL, waiting_for = NULL, updated_at = ?1 "
          "WHERE state = 'submitting' AND NOT EXISTS (SELECT 1 FROM attempt "
          "WHERE rfi_id = rfi.id AND finished_at IS NULL)"),
      insert_confirmed_(
          database,
          "INSERT INTO attempt (rfi_id, number, started_at, finished_at, outcome, http_status, "
          "version, policy_sha256) VALUES (?1, ?2, ?3, ?3, 'confirmed', ?4, ?5, ?6)"),
      refund_(database,
              "UPDATE rfi SET attempts = max(attempts - 1, 0) WHERE id = ?1 AND state = 'pending'"),
      postpone_(database,
                "UPDATE rfi SET next_attempt_at = ?2, waiting_for = 'time' "
                "WHERE id = ?1 AND state = 'pending'"),
      shift_(database,
             "UPDATE rfi INDEXED BY rfi_time SET next_attempt_at = next_attempt_at + ?2 "
             "WHERE state = 'pending' AND waiting_for = 'time' AND due_at > ?1 "
             "AND next_attempt_at > ?1"),
      periods_(database, "SELECT started_at, ended_at FROM unfit_period ORDER BY started_at"),
      save_period_(database,
                   "INSERT INTO unfit_period (started_at, ended_at) VALUES (?1, ?2) "
                   "ON CONFLICT (started_at) DO UPDATE SET ended_at = excluded.ended_at") {}

Applied Ledger::open_row(RfiId id, UtcTime now) {
  return applied(open_row_.run(number(id), now));
}

void Ledger::insert_attempt(AttemptKey key,
                            UtcTime now,
                            const Prepared& prepared,
                            const AttemptOrigin& origin) {
  std::optional<std::size_t> body_bytes;
  if (prepared.files.empty()) {
    body_bytes = prepared.body.size();
  }
  insert_attempt_.run(number(key.rfi),
                      key.number,
                      now,
                      or_null(prepared.body_sha256),
                      body_bytes,
                      fields_text(prepared.sent),
                      origin.version,
                      origin.policy_sha256);
}

AttemptKey Ledger::repeat_attempt(AttemptKey key, UtcTime now, const AttemptOrigin& origin) {
  repeat_attempt_.run(number(key.rfi), key.number, now, origin.version, origin.policy_sha256);
  return {key.rfi, key.number + 1};
}

const std::string& Ledger::fields_text(const std::vector<std::string>& fields) {
  if (fields != last_fields_) {
    last_fields_text_ = json_array(fields);
    last_fields_ = fields;
  }
  return last_fields_text_;
}

bool Ledger::attempt_exists(AttemptKey key) {
  auto rows = attempt_exists_.query(number(key.rfi), key.number);
  return rows.next();
}

Applied Ledger::finish_attempt(const Closing& closing) {
  return applied(finish_attempt_.run(number(closing.attempt.rfi),
                                     closing.attempt.number,
                                     closing.finished_at,
                                     policy::to_string(closing.outcome),
                                     closing.http_status,
                                     or_null(closing.error),
                                     or_null(closing.detail),
                                     or_null(closing.request_id),
                                     closing.duration.count()));
}

Applied Ledger::withdraw_attempt(AttemptKey key) {
  return applied(withdraw_attempt_.run(number(key.rfi), key.number));
}

void Ledger::insert_confirmed(AttemptKey key,
                              const Confirmation& confirmation,
                              const AttemptOrigin& origin) {
  insert_confirmed_.run(number(key.rfi),
                        key.number,
                        confirmation.looked_at,
                        confirmation.http_status,
                        origin.version,
                        origin.policy_sha256);
}

void Ledger::refund_attempt(RfiId id) {
  refund_.run(number(id));
}

void Ledger::postpone_row(RfiId id, UtcTime due) {
  postpone_.run(number(id), due);
}

void Ledger::shift_waits(UtcTime since, std::chrono::milliseconds shift) {
  shift_.run(since, shift.count());
}

Applied Ledger::return_row(RfiId id,
                           std::optional<UtcTime> due,
                           std::string_view detail,
                           std::int64_t refund,
                           UtcTime now) {
  return applied(return_row_.run(number(id), due, or_null(detail), refund, now));
}

Applied Ledger::finish_row(RfiId id,
                           const policy::Finish& finish,
                           std::int64_t refund,
                           UtcTime now) {
  const auto failure =
      finish.failure ? std::optional(policy::to_string(*finish.failure)) : std::nullopt;
  return applied(finish_row_.run(
      number(id), policy::to_string(finish.state), failure, or_null(finish.detail), refund, now));
}

Applied Ledger::fail_row(RfiId id, policy::Failure failure, std::string_view detail, UtcTime now) {
  return applied(fail_row_.run(number(id), policy::to_string(failure), or_null(detail), now));
}

void Ledger::add_to_tally(const FinalState& state, std::int64_t count) {
  const auto& [end, failure] = state;
  tally_.run(policy::to_string(end), failure ? policy::to_string(*failure) : "", count);
}

History Ledger::history(RfiId id, std::optional<UtcTime> retried_at, const UnfitPeriods& unfit) {
  History history;
  auto rows = history_.query(number(id));
  while (rows.next()) {
    history.last_number = std::max(history.last_number, rows.integer(0));
    const auto outcome = policy::outcome_from(rows.bytes(1));
    if (!history.previous && outcome && *outcome != policy::Outcome::not_sent) {
      history.previous = outcome;
    }
    // Without a body no PATCH has left: what failed was an upload, which changes no customer.
    const bool patched = rows.integer(3) != 0;
    if (patched &&
        (outcome == policy::Outcome::unknown || outcome == policy::Outcome::unavailable)) {
      history.doubt = Doubt::may_have_landed;
    }
    const auto started_at = rows.optional_time(2).value_or(UtcTime{});
    if (!retried_at || started_at >= *retried_at) {
      ++history.tries;
      const bool counts = outcome == policy::Outcome::rejected && !unfit.contains(started_at);
      history.rejections += counts ? 1 : 0;
    }
  }
  return history;
}

std::vector<Recovered> Ledger::open_attempts() {
  std::vector<Recovered> found;
  auto rows = open_attempts_.query();
  while (rows.next()) {
    found.push_back({{RfiId{rows.integer(0)}, rows.integer(1)}, rows.text(2), rows.text(3)});
  }
  return found;
}

void Ledger::return_orphans(UtcTime now) {
  orphans_.run(now);
}

UnfitPeriods Ledger::unfit_periods() {
  std::vector<UnfitPeriods::Period> periods;
  auto rows = periods_.query();
  while (rows.next()) {
    periods.push_back({policy::utc_from_unix_ms(rows.integer(0)), rows.optional_time(1)});
  }
  return UnfitPeriods(std::move(periods));
}

void Ledger::save_period(const UnfitPeriods::Period& period) {
  save_period_.run(period.started_at, period.ended_at);
}

}  // namespace rfi::queue
