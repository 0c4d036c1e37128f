// A copy of the queue as it was at one moment, made while others write to it. SQLite's own backup
// begins anew whenever another process has committed, and a read that stays open blocks all commits
// of a rollback journal. So rows are copied in reads of a few milliseconds, and then compared until
// nothing has changed since. Rows depend on no other row, and a new file holds nothing of what was
// erased.
#pragma once

#include "rfi/queue/sqlite.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace rfi::queue {

/// For one thread. Writes to the copy in one transaction, which ends with finish().
class QueueCopy {
 public:
  using Duration = std::chrono::steady_clock::duration;

  /// `target` is an empty file that nobody else has open. `source` must be a current queue. Throws
  /// SqliteError, or std::runtime_error with a sentence.
  QueueCopy(const Database& source, const std::filesystem::path& target);

  /// Copies or compares some rows. Returns how long the others should have the queue to themselves
  /// before the next step; nothing when the copy is complete. Throws SqliteError; one of a lock
  /// has changed nothing.
  [[nodiscard]] std::optional<Duration> step();

  /// After the last step: counts, verifies. Returns what is wrong with the copy, or nothing. It is
  /// not synced: that is for whoever gives the file its name. Does not look at the queue.
  [[nodiscard]] std::optional<std::string> finish();

  [[nodiscard]] std::int64_t rows() const { return rows_; }
  /// All rows are as they were at one moment. Not so if a long backlog was worked on meanwhile:
  /// then each row and its attempts are as of one moment of the last look, some seconds at most.
  /// What a producer deletes in the last milliseconds may still be there.
  [[nodiscard]] bool is_of_one_moment() const { return one_moment_; }

 private:
  using Time = std::chrono::steady_clock::time_point;
  enum class Phase { copying, comparing, settling, done };

  bool copy_more(Time until);
  bool compare_more(Time until);
  bool settle(Time until);
  void copy_new(std::int64_t id);
  void take_over(std::int64_t id);
  void take_over_proof(std::int64_t first, std::int64_t last);
  void take_over_if_changed(std::int64_t id);
  [[nodiscard]] std::vector<std::int64_t> unsettled_ids();
  void copy_the_rest();

  const Database& source_;
  Database target_;
  std::optional<Transaction> writing_;
  Statement row_, ids_behind_, put_row_, drop_row_;
  Statement attempts_, put_attempt_, drop_attempts_;
  Statement uploads_, put_upload_, drop_uploads_;
  Statement brief_here_, brief_there_, copied_behind_;
  Phase phase_ = Phase::copying;
  std::int64_t rows_ = 0;
  /// Ids up to here were copied once, and compared. Below all that a producer can invent.
  std::int64_t copied_through_ = std::numeric_limits<std::int64_t>::min();
  std::int64_t compared_through_ = std::numeric_limits<std::int64_t>::min();
  std::optional<std::vector<std::int64_t>> unsettled_;
  std::size_t next_unsettled_ = 0;
  std::int64_t version_ = 0;          ///< of the queue, when the last look began
  std::int64_t version_of_step_ = 0;  ///< and at the last step
  bool one_moment_ = false;
};

}  // namespace rfi::queue
