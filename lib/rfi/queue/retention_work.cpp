#include "rfi/queue/retention_work.hpp"

#include <algorithm>

namespace rfi::queue {
namespace {

using Clock = std::chrono::steady_clock;

/// A file that gives everything back grows again with the next rows, page by page.
constexpr std::int64_t kShareKept = 16;
constexpr std::int64_t kPagesKept = 64;
/// Ids looked at in one read for the rows of a customer: a few milliseconds.
constexpr std::int64_t kIdsPerRead = 2'000;

}  // namespace

std::optional<RetentionWork::Duration> RetentionWork::step(const Database& database,
                                                           policy::Traffic traffic) {
  std::optional<Duration> held;
  if (!rows_done_) {
    held = change_rows(database);
    rows_done_ = !held || report_.schema_altered;
  }
  if (rows_done_ && !report_.schema_altered) {
    held = shrink(database);
    if (!held && report_.did_something()) {
      forget_wal(database);
    }
  }
  if (!held || report_.schema_altered) {
    return std::nullopt;
  }
  report_.longest_step = std::max(report_.longest_step, *held);
  return policy::pause_after_step(*held, traffic);
}

std::optional<RetentionWork::Duration> RetentionWork::shrink(const Database& database) {
  const FreeSpace space = free_space(database);
  const std::int64_t surplus = space.free_pages - free_pages_kept(space.pages);
  if (!space.can_shrink || surplus <= 0) {
    return std::nullopt;
  }
  const std::size_t pages = std::min(pages_.next(), static_cast<std::size_t>(surplus));
  const Duration held = give_back(database, pages);
  pages_.learn(pages, held);
  const std::int64_t given = space.pages - free_space(database).pages;
  report_.freed_bytes += std::max<std::int64_t>(given, 0) * space.page_size;
  // A file that does not get shorter is not asked in a circle.
  return given > 0 ? std::optional(held) : std::nullopt;
}

void RetentionWork::note(const RetentionStep& step) {
  report_.erased += step.erased;
  report_.deleted += step.deleted;
  report_.schema_altered = step.schema_altered;
  rows_.learn(step.rows(), step.held);
}

std::optional<RetentionWork::Duration> ScheduledRetention::change_rows(const Database& database) {
  const RetentionStep step = take_over_rows(database, cutoffs_, now_, rows_a_step());
  note(step);
  // The last step is followed by one that finds nothing: rows may have been added meanwhile.
  return step.rows() > 0 ? std::optional(step.held) : std::nullopt;
}

std::int64_t ScheduledRetention::free_pages_kept(std::int64_t pages) const {
  return std::max(pages / kShareKept, kPagesKept);
}

std::optional<RetentionWork::Duration> CustomerErasure::change_rows(const Database& database) {
  if (!found_.at_end) {
    const auto begun = Clock::now();
    find_rows_of_customer(database, customer_id_, kIdsPerRead, found_);
    set_live(found_.live);
    return Clock::now() - begun;
  }
  if (next_ == found_.finished.size()) {
    if (!missed_) {
      return std::nullopt;
    }
    // Somebody has put rows back while this went on: they are to be seen in the report.
    missed_ = false;
    next_ = 0;
    found_ = {};
    return Duration{0};
  }
  const std::size_t before = next_;
  const RetentionStep step = erase_for_good(database, found_.finished, next_, now_, rows_a_step());
  note(step);
  missed_ = missed_ || step.erased < next_ - before;
  return step.held;
}

}  // namespace rfi::queue
