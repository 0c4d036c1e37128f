// A whole piece of retention as a series of short steps, for whoever lets others have the queue in
// between: the daemon on its store's thread, a command on the file alone.
#pragma once

#include "rfi/policy/retention.hpp"
#include "rfi/queue/retention.hpp"
#include "rfi/queue/sqlite.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rfi::queue {

struct RetentionReport {
  std::size_t erased = 0;         ///< rows whose documents were erased
  std::size_t deleted = 0;        ///< rows deleted with their attempts
  std::int64_t freed_bytes = 0;   ///< given back to the file system
  bool schema_altered = false;    ///< by somebody: it ended there, and nothing more was changed
  std::vector<std::string> live;  ///< references of the customer's rows that still wait or are open
  /// The longest time the write lock was held.
  std::chrono::steady_clock::duration longest_step{0};

  [[nodiscard]] bool did_something() const { return erased + deleted > 0 || freed_bytes > 0; }
};

class RetentionWork {
 public:
  using Duration = std::chrono::steady_clock::duration;

  RetentionWork() = default;
  RetentionWork(const RetentionWork&) = delete;
  RetentionWork& operator=(const RetentionWork&) = delete;
  RetentionWork(RetentionWork&&) = delete;
  RetentionWork& operator=(RetentionWork&&) = delete;
  virtual ~RetentionWork() = default;

  /// Does the next step. Returns how long the queue is left to others before the one after it;
  /// nothing when all is done. Throws SqliteError, and may be called again after one that passes.
  [[nodiscard]] std::optional<Duration> step(const Database& database, policy::Traffic traffic);
  [[nodiscard]] const RetentionReport& report() const { return report_; }

 protected:
  /// Returns how long the lock was held, or nothing when no row is left to be changed.
  virtual std::optional<Duration> change_rows(const Database& database) = 0;
  /// Of so many pages at most so many stay free in the file, for new rows.
  [[nodiscard]] virtual std::int64_t free_pages_kept(std::int64_t pages) const = 0;

  void note(const RetentionStep& step);
  void set_live(const std::vector<std::string>& references) { report_.live = references; }
  [[nodiscard]] std::size_t rows_a_step() const { return rows_.next(); }

 private:
  std::optional<Duration> shrink(const Database& database);

  RetentionReport report_;
  policy::StepSize rows_;
  policy::StepSize pages_;
  bool rows_done_ = false;
};

/// What is over at a moment: documents are erased, rows deleted.
class ScheduledRetention final : public RetentionWork {
 public:
  ScheduledRetention(const policy::RetentionPeriods& periods, UtcTime now)
      : cutoffs_(policy::cutoffs(periods, now)), now_(now) {}

 private:
  std::optional<Duration> change_rows(const Database& database) override;
  [[nodiscard]] std::int64_t free_pages_kept(std::int64_t pages) const override;

  policy::RetentionCutoffs cutoffs_;
  UtcTime now_;
};

/// All that is personal of one customer, the proof excepted. The rows that are not finished are in
/// the report and stay as they are. Every free page goes as well: a producer whose library zeroes
/// nothing may have left old content in one.
class CustomerErasure final : public RetentionWork {
 public:
  CustomerErasure(std::string customer_id, UtcTime now)
      : customer_id_(std::move(customer_id)), now_(now) {}

 private:
  std::optional<Duration> change_rows(const Database& database) override;
  [[nodiscard]] std::int64_t free_pages_kept(std::int64_t /*pages*/) const override { return 0; }

  std::string customer_id_;
  UtcTime now_;
  CustomerRows found_;
  std::size_t next_ = 0;
  bool missed_ = false;  ///< a row was not finished any more when its turn came
};

}  // namespace rfi::queue
