// The loop of the service: claims rows, sends them, records what happened, in as few commits as the
// load allows.
#pragma once

#include "rfi/allowlist/catalogue.hpp"
#include "rfi/api/api_port.hpp"
#include "rfi/platform/clock.hpp"
#include "rfi/platform/log.hpp"
#include "rfi/platform/random.hpp"
#include "rfi/platform/wakeup.hpp"
#include "rfi/policy/reconcile.hpp"
#include "rfi/policy/retry.hpp"
#include "rfi/policy/timeline.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/service/activity.hpp"
#include "rfi/service/ended_attempt.hpp"
#include "rfi/service/look.hpp"
#include "rfi/service/open_rows.hpp"
#include "rfi/service/pace.hpp"
#include "rfi/service/upload_log.hpp"
#include "rfi/upload/file_port.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace rfi::service {

/// When run() returns by itself.
enum class Until { stopped, drained };

/// submission.enabled: a pause claims nothing and lets what is under way end.
enum class Claiming { enabled, paused };

/// upload.delete_after: whether a file goes from the disk once the PATCH with its uri was taken.
enum class DeleteFiles { never, after_submission };

struct SchedulerSettings {
  OpenLimits limits;
  policy::RetrySettings retry;
  double rate_limit = 0.0;  ///< requests a second, 0: none
  policy::Reconcile reconcile = policy::Reconcile::after_unknown;
  allowlist::Settings allowlist;  ///< to read what a look finds with
  std::chrono::milliseconds drain_timeout{30'000};
  DeleteFiles delete_files = DeleteFiles::never;
  Claiming claiming = Claiming::enabled;
  Until until = Until::stopped;
};

/// Owns all open rows. Everything it needs comes in through the ports and must outlive it. One
/// thread: the executor's. One commit carries the outcomes that have arrived and the next claims;
/// while it is under way further outcomes gather for the next one, so the batch grows with the load
/// and an idle daemon answers at once.
class Scheduler {
 public:
  Scheduler(boost::asio::any_io_executor executor,
            queue::QueuePort& queue,
            api::ApiPort& api,
            const platform::Clock& clock,
            platform::Random& random,
            const platform::Log& log,
            const SchedulerSettings& settings);

  /// Runs until stop() has been obeyed (or the queue is drained, see Until). When it returns, every
  /// row that it opened is closed. Throws what the queue port throws, and what a submission threw.
  boost::asio::awaitable<void> run();

  /// Claims nothing more, gives back what was not sent, lets requests in flight end for
  /// drain_timeout, then ends them. A second call ends them at once. Call on the executor's thread.
  void stop();

  /// Takes new settings (a reload); limits apply from the next claim on.
  void configure(const SchedulerSettings& settings);

  /// Where files that are given by path come from; `files` must outlive this. Without it no claim
  /// may have any.
  void upload_from(upload::FilePort& files) { files_ = &files; }

  /// `turned` is called on the executor's thread when the destination has become unfit, or fit.
  void on_turn(std::function<void()> turned) { turned_ = std::move(turned); }

  [[nodiscard]] std::size_t in_flight() const { return rows_.in_flight(); }
  [[nodiscard]] std::size_t open() const { return rows_.open(); }
  /// How many requests may be on the wire at present.
  [[nodiscard]] std::size_t window() const { return pace_.window(); }
  [[nodiscard]] const policy::Destination& destination() const { return pace_.destination(); }
  /// Rows that are open and go to the wire before this one; nothing if it does not wait for the
  /// wire.
  [[nodiscard]] std::optional<std::size_t> ahead_of(std::string_view reference) const {
    return rows_.ahead_of(reference);
  }
  /// The clock was set: nothing is claimed until it has held still.
  [[nodiscard]] bool doubts_the_clock() const { return disputed_until_.has_value(); }

  /// What a watchdog compares with what it saw before: a scheduler that was nudged has made a turn
  /// since, unless it waits for the queue.
  struct Pulse {
    std::uint64_t turns = 0;  ///< of the loop
    bool waits_for_queue = false;
    std::size_t in_flight = 0;
    std::uint64_t moves = 0;  ///< to the wire and back
    bool operator==(const Pulse&) const = default;
  };
  [[nodiscard]] Pulse pulse() const {
    return {turns_, waits_for_queue_, rows_.in_flight(), rows_.moves()};
  }
  void nudge() { wakeup_.notify_all(); }
  /// Makes no more turns. Only to show that a watchdog sees it.
  void freeze() { frozen_ = true; }

  [[nodiscard]] const Activity& activity() const { return activity_; }

 private:
  enum class Phase { running, draining, aborting };
  struct Recorded {
    EndedAttempt attempt;
    std::chrono::steady_clock::time_point committed_at;
  };
  using Instant = std::chrono::steady_clock::time_point;

  // What leaves.
  void send_what_may_go();
  void send_until_the_wire_is_full();
  void launch(OpenRow row);
  boost::asio::awaitable<void> submit(OpenRow row);
  [[nodiscard]] bool may_send_after(const api::AttemptReport& report, OpenRow& row, Instant began);

  // Files that go up before their row.
  boost::asio::awaitable<void> upload_next(OpenRow row);
  boost::asio::awaitable<void> upload_file(OpenRow row, std::size_t index);
  boost::asio::awaitable<std::optional<PlacedFault>> survey(OpenRow& row);
  [[nodiscard]] bool may_go_on(OpenRow& row);
  void came_back_from_upload(OpenRow row,
                             std::size_t index,
                             const api::UploadReport& report,
                             const upload::FileSource& source,
                             Instant began);
  void go_on(OpenRow row);
  void end_unreadable(OpenRow row, const PlacedFault& fault, const api::AttemptReport& report);
  void end_unsendable(OpenRow row, std::string detail);
  void delete_files_of(const EndedAttempt& ended);

  // What came back.
  void end(OpenRow row, const api::AttemptReport& report, Instant began);
  void end_refused(EndedAttempt refused, const api::AttemptReport& report, Instant began);
  [[nodiscard]] EndedAttempt judge(OpenRow row, const api::AttemptReport& report, Instant began);
  void learn_from_look(const api::AttemptReport& report,
                       const JudgedLook& look,
                       const queue::Claim& claim,
                       Instant began);
  void learn(Returned returned, const api::Timings& timings, Instant began);
  void came_back(EndedAttempt ended);
  void put_down(EndedAttempt ended);
  void expire(OpenRow row);
  void give_back(std::vector<OpenRow> rows,
                 const api::AttemptReport& why,
                 queue::Cost cost,
                 std::chrono::milliseconds pause = std::chrono::milliseconds{0});
  void give_back_what_may_not_go();
  [[nodiscard]] Circumstances circumstances();

  // What is recorded and claimed.
  boost::asio::awaitable<void> exchange();
  [[nodiscard]] queue::Exchange next_exchange(const std::vector<EndedAttempt>& ended);
  void settle(std::vector<EndedAttempt> ended,
              queue::ExchangeResult result,
              Purpose purpose,
              std::chrono::milliseconds clock_moved);
  [[nodiscard]] std::size_t claim_limit(const std::vector<EndedAttempt>& ended) const;
  [[nodiscard]] bool exchange_is_due();
  [[nodiscard]] bool leaves_the_lock_to_others() const;
  [[nodiscard]] bool gathers() const;
  [[nodiscard]] bool finished() const;
  [[nodiscard]] Instant next_look();

  void write_log();

  void abort();
  [[nodiscard]] policy::UtcTime utc_now();

  boost::asio::any_io_executor executor_;
  upload::FilePort* files_ = nullptr;
  queue::QueuePort& queue_;
  api::ApiPort& api_;
  const platform::Clock& clock_;
  platform::Random& random_;
  const platform::Log& log_;
  SchedulerSettings settings_;
  platform::Wakeup wakeup_;
  OpenRows rows_;
  Pace pace_;
  policy::Timeline timeline_;
  std::function<void()> turned_;
  Phase phase_ = Phase::running;
  std::uint64_t turns_ = 0;
  bool waits_for_queue_ = false;
  bool frozen_ = false;
  bool sending_ = false;             ///< send_what_may_go() is on the stack
  std::vector<EndedAttempt> ended_;  ///< not yet recorded
  std::vector<Recorded> to_log_;     ///< recorded, and not yet in the log
  bool queue_changed_ = true;    ///< something may be claimable that the last exchange did not see
  bool queue_is_empty_ = false;  ///< the last exchange that could claim found nothing, now or later
  std::optional<policy::UtcTime> next_due_;
  std::optional<queue::RfiId> probe_;  ///< the row that finds out whether the destination is fit
  std::chrono::milliseconds budget_pause_;      ///< of rows that wait for the retry budget
  std::vector<queue::RfiId> refunds_;           ///< not yet recorded
  std::vector<OpenRow> between_steps_;          ///< their uploads and bodies are not yet recorded
  std::vector<queue::UploadedFile> uploads_;    ///< not yet recorded
  std::vector<queue::Completion> completions_;  ///< not yet recorded
  std::vector<UploadLine> upload_lines_;        ///< said once they are recorded
  bool directory_trouble_ = false;              ///< and it has been said
  std::map<queue::RfiId, std::int64_t> failed_looks_;  ///< in a row, of rows that wait for one
  std::optional<Instant> disputed_until_;              ///< the clock was set: nothing is claimed
  std::chrono::milliseconds clock_shift_{0};           ///< taken over, not yet recorded
  std::chrono::milliseconds clock_moved_{0};           ///< taken over since the start
  std::optional<Instant> last_success_;
  std::optional<Instant> rate_opens_at_;
  Instant next_exchange_at_{};  ///< not before: others wait for the queue's lock
  Instant gathers_until_{};     ///< a commit may wait for more outcomes no longer than this
  std::uint64_t sent_during_exchange_ = 0;  ///< the last one, about
  Instant abort_at_ = Instant::max();
  Activity activity_;
  std::exception_ptr defect_;                               ///< what a submission threw; ends run()
  std::shared_ptr<char> alive_ = std::make_shared<char>();  ///< for what was posted
};

}  // namespace rfi::service
