#include "input/intake_batch.hpp"

#include <utility>

namespace rfi::daemon {
namespace {

constexpr std::size_t kShownReferences = 1000;
// What a row costs beside its texts, so that many tiny ones do not fill the memory unseen.
constexpr std::size_t kRowOverhead = 256;

}  // namespace

IntakeBatch::IntakeBatch(const queue::Database& database, std::size_t max_bytes)
    : database_(database), max_bytes_(max_bytes) {}

void IntakeBatch::add(queue::NewRfi rfi) {
  if (abandoned_) {
    return;
  }
  bytes_ += rfi.requested.size() + rfi.documents.size() + rfi.reference.size() + kRowOverhead;
  rows_.push_back(std::move(rfi));
  if (bytes_ >= max_bytes_) {
    flush();
  }
}

void IntakeBatch::abandon() {
  abandoned_ = true;
  intake_.reset();
  transaction_.reset();
  rows_.clear();
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
  for (const auto& row : rows_) {
    if (intake_->insert(row) == queue::Intaken::queued) {
      ++result_.queued;
      continue;
    }
    ++result_.already_queued;
    if (result_.first_already_queued.size() < kShownReferences) {
      result_.first_already_queued.push_back(row.reference);
    }
  }
  rows_.clear();
  bytes_ = 0;
}

}  // namespace rfi::daemon
