#include "input/intake_batch.hpp"

#include <utility>

namespace rfi::daemon {
namespace {

constexpr std::size_t kShownReferences = 1000;
// 64 MiB: the index of a million references that are in no order. With SQLite's 2 MiB each insert
// would write one of its pages and read another.
constexpr const char* kPageCache = "PRAGMA cache_size = -65536";

}  // namespace

IntakeBatch::IntakeBatch(const queue::Database& database, std::size_t max_bytes)
    : database_(database), max_bytes_(max_bytes) {
  database_.execute(kPageCache);
}

void IntakeBatch::add(std::vector<queue::NewRfi> rows, std::size_t bytes) {
  if (abandoned_) {
    return;
  }
  bytes_ += bytes;
  waiting_.push_back(std::move(rows));
  if (transaction_ || bytes_ >= max_bytes_) {
    flush();
  }
}

void IntakeBatch::abandon() {
  abandoned_ = true;
  intake_.reset();
  transaction_.reset();
  waiting_.clear();
  bytes_ = 0;
}

IntakeResult IntakeBatch::commit() {
  flush();
  intake_.reset();
  transaction_->commit();
  transaction_.reset();
  return std::move(result_);
}

void IntakeBatch::flush() {
  if (!transaction_) {
    transaction_.emplace(database_);
    intake_.emplace(database_);
  }
  for (const auto& rows : waiting_) {
    insert(rows);
  }
  waiting_.clear();
  bytes_ = 0;
}

void IntakeBatch::insert(const std::vector<queue::NewRfi>& rows) {
  const auto old = intake_->insert_all(rows);
  result_.queued += rows.size() - old.size();
  result_.already_queued += old.size();
  for (const auto place : old) {
    if (result_.first_already_queued.size() == kShownReferences) {
      break;
    }
    result_.first_already_queued.push_back(rows[place].reference);
  }
}

}  // namespace rfi::daemon
