#include "rfi/policy/timeline.hpp"

namespace rfi::policy {
namespace {

using std::chrono::milliseconds;

/// Clocks that are kept right by slewing never part so far between two readings.
constexpr milliseconds kJump{5'000};
constexpr milliseconds kHoldsFor{10'000};

bool is_near(milliseconds one, milliseconds other) {
  return one - other <= kJump && other - one <= kJump;
}

}  // namespace

Timeline::Reading Timeline::read(UtcTime wall, milliseconds monotonic) {
  const milliseconds offset = wall.time_since_epoch() - monotonic;
  Reading reading;
  if (!offset_ || is_near(offset, *offset_)) {
    offset_ = offset;
    dispute_.reset();
  } else if (!dispute_ || !is_near(offset, dispute_->offset)) {
    dispute_ = Dispute{offset, monotonic};
  } else if (monotonic - dispute_->since >= kHoldsFor) {
    reading.shift = offset - *offset_;
    offset_ = offset;
    dispute_.reset();
  }
  reading.now = UtcTime{monotonic + *offset_};
  reading.disputed = dispute_.has_value();
  if (dispute_) {
    reading.settles_at = dispute_->since + kHoldsFor;
  }
  return reading;
}

}  // namespace rfi::policy
