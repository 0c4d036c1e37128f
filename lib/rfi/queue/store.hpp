// The store: claims, outcomes and recovery on one SQLite file, synchronous, for one thread.
// Every exchange is one commit. What is decided about rows is in plan.hpp; the SQL is in line.cpp
// and ledger.cpp.
#pragma once

#include "rfi/queue/build_ahead.hpp"
#include "rfi/queue/courtesy.hpp"
#include "rfi/queue/journal.hpp"
#include "rfi/queue/plan.hpp"
#include "rfi/queue/prepared_cache.hpp"
#include "rfi/queue/queue_file.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/queue/session.hpp"
#include "rfi/queue/space.hpp"
#include "rfi/queue/superseded.hpp"
#include "rfi/queue/unfit_periods.hpp"
#include "rfi/queue/wal_watch.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rfi::queue {

/// When claims that are stopped are asked for again.
inline constexpr std::chrono::seconds kLookWhenBlocked{10};

/// What a reload of the configuration may change.
struct StoreSettings {
  Prepare prepare;
  std::string policy_sha256;
  ClaimLimits limits;
};

struct StoreOptions {
  std::filesystem::path path;
  JournalMode journal = JournalMode::rollback;
  std::string version;  ///< of this program, for the audit
  StoreSettings settings;
  /// How long a call waits for another process's lock before it fails with SQLITE_BUSY.
  std::chrono::milliseconds busy_timeout = std::chrono::seconds{1};
  SpaceLimits space;
};

/// What a look for commits of others has seen. `locked`: one may be under way.
enum class Sight { unchanged, changed, locked };

/// Sole writer of the daemon. All functions throw SqliteError, and after one the call may be made
/// again: nothing that was handed over is lost, nothing is recorded twice.
class Store {
 public:
  /// The queue must exist and be current. Throws std::runtime_error with a sentence otherwise.
  explicit Store(StoreOptions options);

  /// As QueuePort::recover. Only the holder of the instance lock may call it.
  [[nodiscard]] std::vector<Recovered> recover(UtcTime now);
  /// As QueuePort::exchange. Throws std::logic_error for a closing of an attempt that is not open.
  [[nodiscard]] ExchangeResult exchange(const Exchange& exchange);

  /// After an exchange, once its result is on its way: in a WAL that has grown long it takes some
  /// milliseconds. See WalLength.
  [[nodiscard]] bool wal_is_long() const { return session_ && session_->wal().is_long(); }
  void shorten_wal();

  void reconfigure(StoreSettings settings);
  [[nodiscard]] const std::filesystem::path& path() const { return options_.path; }
  [[nodiscard]] JournalMode journal() const { return options_.journal; }

  /// True once after other connections have committed since the last exchange or the last such
  /// answer.
  /// Does not wait for a lock.
  [[nodiscard]] Sight changed_by_others();
  /// What somebody must see to, as it is now: nothing is claimed although rows may be due (the file
  /// is gone or has another name, the disk is nearly full, the schema was altered), or the WAL
  /// grows without end.
  [[nodiscard]] std::optional<std::string> trouble();
  /// For retention and backups on the store's thread. Rows a caller changes must not be open ones.
  [[nodiscard]] const Database& database();
  /// Treats the last commit as one of which it is unknown whether it is in the file, as after an
  /// I/O error.
  void doubt_last_commit();
  /// Forgets bodies built ahead; call it after documents were changed through database().
  void forget_prepared();

 private:
  struct OpenRow {
    std::int64_t number = 0;
    std::string customer_id;
  };
  /// What one exchange has done so far; becomes true with the commit.
  struct Work {
    Work(const Exchange& what, const CustomerKeys& settled) : exchange(what), busy(settled) {}

    const Exchange& exchange;
    BusyCustomers busy;
    Line* line = nullptr;
    ExchangeResult result;
    std::map<RfiId, OpenRow> opened;  ///< by claims, and re-sends with their new number
    std::set<RfiId> closed;
    std::map<FinalState, std::int64_t> finished;
    std::vector<std::string> freed;  ///< customers whose row has left the line or was closed
    /// Rows sent to wait for a time, by the key of their customer.
    std::vector<std::pair<std::string, RfiId>> waiting;
    bool customers_wait = true;              ///< some row waits for its customer
    std::optional<UnfitPeriods> unfit = {};  ///< as the commit will make them, if it changes them
  };
  /// What a first look without a lock has found. As long as nobody else commits it holds under the
  /// lock as well, unless this exchange itself changes what was looked at.
  struct Outlook {
    bool work = false;       ///< something is to be written
    bool upsetting = false;  ///< what is to be written changes more than the rows it closes
    std::vector<Decision> decisions;
    std::vector<RfiId> due;  ///< rows whose time has come and that are not in line yet
    std::vector<Candidate> unprepared;
    std::vector<Candidate> ahead;  ///< of rows that are likely to be claimed by the next exchange
    std::int64_t data_version = 0;
  };

  /// Runs `call` on an open connection. After a failure that leaves it unknown what the file holds
  /// the connection goes, and the next exchange asks the file.
  template <class Call>
  auto guarded(Call call);
  /// Throws SqliteError when the path does not lead to the open file any more.
  void require_file() const;
  ExchangeResult claim_nothing(const Exchange& exchange);
  ExchangeResult try_exchange(const Exchange& exchange);
  std::vector<Recovered> try_recover(UtcTime now);
  void settle(Work& work);
  bool note_version(std::int64_t version);
  [[nodiscard]] const OpenRow* find_open(const Work& work, RfiId id) const;

  // claim.cpp
  Outlook look(Work& work);
  [[nodiscard]] std::vector<LineRow> likely_line(const Work& work, std::vector<LineRow> due) const;
  [[nodiscard]] std::vector<Candidate> look_further(const Work& work,
                                                    const std::vector<Decision>& decisions);
  [[nodiscard]] std::vector<LineRow> due_rows(const Work& work) const;
  [[nodiscard]] std::vector<LineRow> head_of_line(const Work& work) const;
  [[nodiscard]] std::vector<Decision> plan(const Work& work, std::vector<LineRow> line) const;
  void prepare(std::vector<Candidate> unprepared, std::int64_t data_version);
  [[nodiscard]] std::vector<Decision> decide(Work& work, Outlook outlook, bool holds);
  void claim(Work& work, std::vector<Decision> decisions);
  void carry_out(Work& work, Decision decision);
  void open(Work& work, LineRow row, std::string requested, Prepared prepared);

  /// The periods that hold for what this exchange decides, its own changes included: a row must not
  /// be given up in the very exchange that takes over a clock that was set forward.
  [[nodiscard]] const UnfitPeriods& unfit_in(const Work& work) const {
    return work.unfit ? *work.unfit : unfit_;
  }

  // superseded.cpp
  void compare_with_open(Work& work, const LineRow& row);
  void compare_with_waiting(Work& work, const LineRow& row, const std::string& customer);
  void report_superseded(Work& work, RfiId older, RfiId newer, const std::string& customer_id);
  void settle_superseded(const Work& work);

  // record.cpp
  void record(Work& work, const Closing& closing);
  void record_uploads(const Work& work);
  void disown_doubtful(Work& work);
  void note_fitness(Work& work);
  void obey_clock(Work& work);
  void save_period(Work& work, const UnfitPeriods::Period& period);
  void end_unfit_periods(Work& work, UtcTime end);

  // housekeeping.cpp
  [[nodiscard]] bool is_work_due(const Work& work) const;
  void tidy(Work& work);
  static void count(Work& work, policy::RfiState state, std::optional<policy::Failure> failure);
  void fail(Work& work,
            const LineRow& row,
            policy::Failure failure,
            std::string detail,
            bool violation = false);
  void release(Work& work, const std::string& customer_id);
  void release_freed(Work& work);
  bool begin_visits(const Work& work);
  void visit_waiting_customers(Work& work);
  void release_all_customers();
  void look_ahead(Work& work) const;

  StoreOptions options_;
  QueueFile file_;
  Space space_;
  WalWatch wal_;
  std::unique_ptr<Session> session_;
  std::map<RfiId, OpenRow> open_;
  CustomerKeys busy_;  ///< of the open rows
  UnfitPeriods unfit_;
  PreparedCache prepared_;
  BuildAhead ahead_;
  std::uint64_t claims_made_ = 0;
  std::size_t passed_over_ = 0;  ///< rows of the line that the last plan met and did not claim
  std::int64_t seen_version_ = 0;
  Courtesy courtesy_;
  SupersededRows superseded_;
  bool in_doubt_ =
      false;  ///< a call has failed: the connection goes, and what its commit did is looked up
  bool blocked_ = false;
  std::optional<UtcTime> next_visit_;    ///< of the customers that wait
  std::optional<std::string> visiting_;  ///< the last customer visited, while a round is under way
};

}  // namespace rfi::queue
