// One transaction over a stream of any length in flat memory. The queue's lock is taken only when
// the input has ended or the rows at hand fill the batch: a slow pipe that says little does not
// keep the daemon waiting. Once it is held, rows go in as they come.
#pragma once

#include "rfi/queue/producer.hpp"
#include "rfi/queue/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rfi::daemon {

struct IntakeResult {
  std::uint64_t queued = 0;
  std::uint64_t already_queued = 0;
  std::vector<std::string> first_already_queued;  ///< the first thousand references of these
};

class IntakeBatch {
 public:
  /// `database` must outlive this.
  explicit IntakeBatch(const queue::Database& database, std::size_t max_bytes = kMaxBytes);

  /// Takes rows that keep `bytes` of memory. Throws SqliteError.
  void add(std::vector<queue::NewRfi> rows, std::size_t bytes);
  /// Takes everything back and ignores what comes after.
  void abandon();
  /// Inserts the rest and commits. Call it once, and not after abandon().
  [[nodiscard]] IntakeResult commit();

  static constexpr std::size_t kMaxBytes = std::size_t{16} * 1024 * 1024;

 private:
  void flush();
  void insert(const std::vector<queue::NewRfi>& rows);

  const queue::Database& database_;
  std::size_t max_bytes_;
  std::vector<std::vector<queue::NewRfi>> waiting_;
  std::size_t bytes_ = 0;
  std::optional<queue::Transaction> transaction_;
  std::optional<queue::Intake> intake_;
  IntakeResult result_;
  bool abandoned_ = false;
};

}  // namespace rfi::daemon
