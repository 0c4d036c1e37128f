// The statements that write down what happened: attempts, the states of rows, the tally. Each goes
// by key, and a row changes only if it is in the state it must be in: the whole state table is
// enforced here, triggers or not.
#pragma once

#include "rfi/queue/queue_port.hpp"
#include "rfi/queue/sqlite.hpp"
#include "rfi/queue/unfit_periods.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rfi::queue {

/// What earlier attempts of one RFI say about the next.
struct History {
  std::int64_t last_number = 0;
  std::int64_t tries = 0;                   ///< since the last operator retry
  std::int64_t rejections = 0;              ///< among these
  std::optional<policy::Outcome> previous;  ///< as in Claim
  Doubt doubt = Doubt::none;
};

/// What every attempt row says of the program that made it.
struct AttemptOrigin {
  std::string version;
  std::string policy_sha256;
};

/// How a row ended: submitted, or failed for a reason.
using FinalState = std::pair<policy::RfiState, std::optional<policy::Failure>>;

/// Whether a row was in the state that the change starts from, and so was changed.
enum class Applied { yes, no };

/// Prepared once per connection.
class Ledger {
 public:
  explicit Ledger(const Database& database);

  /// pending -> submitting, one more attempt.
  Applied open_row(RfiId id, UtcTime now);
  void insert_attempt(AttemptKey key,
                      UtcTime now,
                      const Prepared& prepared,
                      const AttemptOrigin& origin);

  /// The same bytes once more: an open attempt `key.number + 1` with body and fields of `key`.
  AttemptKey repeat_attempt(AttemptKey key, UtcTime now, const AttemptOrigin& origin);

  /// Open or finished.
  [[nodiscard]] bool attempt_exists(AttemptKey key);
  /// Both change an open attempt only.
  Applied finish_attempt(const Closing& closing);
  Applied withdraw_attempt(AttemptKey key);
  /// A finished attempt of its own, `confirmed` and without a body.
  void insert_confirmed(AttemptKey key,
                        const Confirmation& confirmation,
                        const AttemptOrigin& origin);

  /// submitting -> pending, due at `due` (absent: at once); `refund` attempts are given back.
  Applied return_row(RfiId id,
                     std::optional<UtcTime> due,
                     std::string_view detail,
                     std::int64_t refund,
                     UtcTime now);
  /// submitting -> submitted or failed. Whoever calls it counts it in the tally, as after
  /// fail_row().
  Applied finish_row(RfiId id, const policy::Finish& finish, std::int64_t refund, UtcTime now);
  /// One attempt less counts against a pending row.
  void refund_attempt(RfiId id);
  /// A pending row waits until `due`, whatever it waited for.
  void postpone_row(RfiId id, UtcTime due);
  /// What was to wait until after `since` waits `shift` longer (negative: shorter).
  void shift_waits(UtcTime since, std::chrono::milliseconds shift);
  /// pending -> failed.
  Applied fail_row(RfiId id, policy::Failure failure, std::string_view detail, UtcTime now);

  /// So many rows more have come to this end.
  void add_to_tally(const FinalState& state, std::int64_t count);

  /// `unfit`: rejections of those times were the destination's and count for nothing.
  [[nodiscard]] History history(RfiId id,
                                std::optional<UtcTime> retried_at,
                                const UnfitPeriods& unfit);
  [[nodiscard]] std::vector<Recovered> open_attempts();
  /// submitting -> pending for rows without an open attempt, which only a stranger's hand can have
  /// made.
  void return_orphans(UtcTime now);

  [[nodiscard]] UnfitPeriods unfit_periods();
  void save_period(const UnfitPeriods::Period& period);

 private:
  [[nodiscard]] const std::string& fields_text(const std::vector<std::string>& fields);

  const Database& database_;
  Statement open_row_, insert_attempt_, repeat_attempt_, attempt_exists_, finish_attempt_,
      withdraw_attempt_;
  Statement return_row_, finish_row_, fail_row_, tally_, history_, open_attempts_, orphans_;
  Statement insert_confirmed_, refund_, postpone_, shift_;
  Statement periods_, save_period_;
  /// The text of the last fields: rows of one kind follow each other, and theirs are the same.
  std::vector<std::string> last_fields_;
  std::string last_fields_text_ = "[]";
};

}  // namespace rfi::queue
