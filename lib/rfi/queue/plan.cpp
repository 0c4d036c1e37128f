#include "rfi/queue/plan.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <memory_resource>
#include <tuple>
#include <utility>

namespace rfi::queue {
namespace {

constexpr std::size_t kScratchBytes = 16 * std::size_t{1024};

Verdict judge(const LineRow& row,
              bool customer_is_busy,
              const PlanInput& input,
              const UnfitPeriods& unfit,
              std::size_t retries) {
  if (row.deadline && input.now >= *row.deadline) {
    return Verdict::expire;
  }
  if (row.due_at > input.now) {
    return Verdict::wait_for_time;
  }
  if (customer_is_busy) {
    return Verdict::wait_for_customer;
  }
  if (input.now >= unfit.moved_on(row.waited_since, input.now) + input.limits.give_up_after) {
    return Verdict::give_up;
  }
  if (row.attempts >= input.limits.max_attempts) {
    return Verdict::exhaust;
  }
  if (row.attempts > 0 && retries >= input.retry_limit) {
    return Verdict::wait_for_budget;
  }
  return Verdict::claim;
}

/// Hands out rows of one list, each id once over both lists.
class Walk {
 public:
  Walk(std::span<LineRow> rows, std::pmr::set<RfiId>& met) : rows_(rows), met_(met) {}

  LineRow* next() {
    while (position_ < rows_.size()) {
      LineRow& row = rows_[position_++];
      if (met_.insert(row.id).second) {
        return &row;
      }
    }
    return nullptr;
  }

 private:
  std::span<LineRow> rows_;
  std::pmr::set<RfiId>& met_;
  std::size_t position_ = 0;
};

/// Rows that were never tried are due since ever, so they come first.
void put_in_turns(std::span<LineRow> line) {
  std::ranges::stable_sort(line, {}, &LineRow::due_at);
}

}  // namespace

bool goes_before(const LineRow& a, const LineRow& b) {
  if (a.priority != b.priority) {
    return a.priority > b.priority;
  }
  const auto deadline = [](const LineRow& row) { return row.deadline.value_or(UtcTime::max()); };
  return std::tuple(deadline(a), a.id) < std::tuple(deadline(b), b.id);
}

std::string customer_key(std::string_view customer_id) {
  std::string key(customer_id);
  std::ranges::transform(key, key.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return key;
}

std::vector<Decision> plan_claims(const PlanInput& input,
                                  const UnfitPeriods& unfit,
                                  const BusyCustomers& busy) {
  if (input.probing) {
    put_in_turns(input.line);
  }
  std::vector<Decision> decisions;
  decisions.reserve(std::min(input.claim_limit, input.line.size()));
  // One piece of memory for all their nodes: this runs for every claim.
  std::array<std::byte, kScratchBytes> scratch;  // NOLINT(*-member-init): scratch
  std::pmr::monotonic_buffer_resource memory(scratch.data(), scratch.size());
  std::pmr::set<RfiId> met(&memory);
  std::pmr::set<std::string> claimed(&memory);
  Walk line(input.line, met);
  Walk aged(input.aged, met);
  std::size_t claims = 0;
  std::size_t retries = 0;
  while (claims < input.claim_limit) {
    const bool ages =
        !input.probing && (input.claims_before + claims) % kAgeingSlots == kAgeingSlots - 1;
    LineRow* row = ages ? aged.next() : line.next();
    if (row == nullptr) {
      row = ages ? line.next() : nullptr;
    }
    if (row == nullptr) {
      break;
    }
    std::string customer = customer_key(row->customer_id);
    const bool customer_is_busy = busy.contains(customer) || claimed.contains(customer);
    const Verdict verdict = judge(*row, customer_is_busy, input, unfit, retries);
    if (verdict == Verdict::claim) {
      claimed.insert(std::move(customer));
      ++claims;
      retries += row->attempts > 0 ? 1 : 0;
    }
    decisions.push_back({std::move(*row), verdict});
  }
  return decisions;
}

}  // namespace rfi::queue
