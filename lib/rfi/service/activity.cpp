#include "rfi/service/activity.hpp"

#include <algorithm>
#include <bit>
#include <utility>
#include <variant>

namespace rfi::service {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kFailuresKept = 10;
/// Four classes for each power of two: 0, 1, 2, 3 ms, then steps of a quarter.
constexpr unsigned kClassBits = 2;

std::size_t class_of(milliseconds time, std::size_t classes) {
  const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
  if (count < (1U << kClassBits)) {
    return count;
  }
  const auto power = static_cast<unsigned>(std::bit_width(count)) - 1 - kClassBits;
  const std::size_t index = (std::size_t{power} << kClassBits) + (count >> power);
  return std::min(index, classes - 1);
}

/// The largest time of a class.
milliseconds bound_of(std::size_t index) {
  if (index < (1U << kClassBits)) {
    return milliseconds{index};
  }
  const std::size_t power = (index >> kClassBits) - 1;
  const std::uint64_t mantissa = (index & ((1U << kClassBits) - 1)) + (1U << kClassBits);
  return milliseconds{((mantissa + 1) << power) - 1};
}

bool was_answered(const EndedAttempt& ended) {
  return ended.closing.http_status.has_value() &&
         ended.closing.outcome != policy::Outcome::confirmed;
}

}  // namespace

std::int64_t Activity::slice_number(Instant now) const {
  return (now - start_) / kSliceLength;
}

Activity::Slice& Activity::slice_of(Instant now) {
  const std::int64_t number = slice_number(now);
  Slice& slice = slices_.at(static_cast<std::size_t>(number) % kSlices);
  if (slice.number != number) {
    slice = Slice{};
    slice.number = number;
  }
  return slice;
}

bool Activity::counts(const Slice& slice, Instant now) const {
  return slice.number >= 0 && slice.number > slice_number(now) - static_cast<std::int64_t>(kSlices);
}

void Activity::note(const EndedAttempt& ended, Instant now) {
  const queue::Closing& closing = ended.closing;
  if (closing.cost == queue::Cost::withdrawn) {
    return;  // no request was made
  }
  ++outcomes_.at(static_cast<std::size_t>(closing.outcome));
  Slice& slice = slice_of(now);
  ++slice.attempts;
  if (was_answered(ended)) {
    const auto& timings = ended.timings;
    ++slice.answers.at(class_of(timings.connect + timings.send + timings.wait, kClasses));
  }
  const auto* finish = std::get_if<policy::Finish>(&closing.next);
  if (finish == nullptr) {
    return;
  }
  if (finish->failure) {
    ++ends_.failed.at(static_cast<std::size_t>(*finish->failure));
    remember({closing.finished_at, ended.row.claim.reference, *finish->failure, finish->detail});
  } else {
    ++ends_.submitted;
    last_success_ = closing.finished_at;
  }
}

void Activity::note(const queue::Refused& refused, policy::UtcTime at) {
  ++ends_.failed.at(static_cast<std::size_t>(refused.failure));
  remember({at, refused.reference, refused.failure, refused.detail});
}

void Activity::remember(RecentFailure failure) {
  failures_.push_front(std::move(failure));
  if (failures_.size() > kFailuresKept) {
    failures_.pop_back();
  }
}

double Activity::rate(Instant now) const {
  std::uint64_t attempts = 0;
  for (const Slice& slice : slices_) {
    attempts += counts(slice, now) ? slice.attempts : 0;
  }
  const Instant slice_began = start_ + slice_number(now) * kSliceLength;
  const Instant began = slice_began - (kSlices - 1) * kSliceLength;
  const std::chrono::duration<double> covered = now - std::max(began, start_);
  return covered.count() < 1.0 ? static_cast<double>(attempts)
                               : static_cast<double>(attempts) / covered.count();
}

std::optional<ResponseTimes> Activity::response_times(Instant now) const {
  std::array<std::uint64_t, kClasses> answers{};
  std::uint64_t total = 0;
  for (const Slice& slice : slices_) {
    for (std::size_t i = 0; i < kClasses && counts(slice, now); ++i) {
      answers.at(i) += slice.answers.at(i);
      total += slice.answers.at(i);
    }
  }
  if (total == 0) {
    return std::nullopt;
  }
  const auto quantile = [&answers, total](std::uint64_t per_cent) {
    std::uint64_t seen = 0;
    std::size_t index = 0;
    for (; index + 1 < kClasses; ++index) {
      seen += answers.at(index);
      if (seen * 100 >= total * per_cent) {
        break;
      }
    }
    return bound_of(index);
  };
  return ResponseTimes{quantile(50), quantile(90), quantile(99)};
}

}  // namespace rfi::service
