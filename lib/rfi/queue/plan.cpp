#include "rfi/queue/plan.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace rfi::queue {
namespace {

Verdict judge(const LineRow& row,
              const PlanInput& input,
              const UnfitPeriods& unfit,
              const std::set<std::string>& busy,
              std::size_t retries) {
  if (row.deadline && input.now >= *row.deadline) {
    return Verdict::expire;
  }
  if (row.due_at > input.now) {
    return Verdict::wait_for_time;
  }
  if (busy.contains(customer_key(row.customer_id))) {
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
  Walk(std::span<const LineRow> rows, std::set<RfiId>& met) : rows_(rows), met_(met) {}

  const LineRow* next() {
    while (position_ < rows_.size()) {
      const LineRow& row = rows_[position_++];
      if (met_.insert(row.id).second) {
        return &row;
      }
    }
    return nullptr;
  }

 private:
  std::span<const LineRow> rows_;
  std::set<RfiId>& met_;
  std::size_t position_ = 0;
};

/// Rows that were never tried are due since ever, so they come first.
std::vector<LineRow> by_turns(std::span<const LineRow> line) {
  std::vector<LineRow> rows(line.begin(), line.end());
  std::ranges::stable_sort(rows, {}, &LineRow::due_at);
  return rows;
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
                                  std::set<std::string> busy) {
  std::vector<Decision> decisions;
  std::set<RfiId> met;
  const auto turns = input.probing ? by_turns(input.line) : std::vector<LineRow>{};
  Walk line(input.probing ? turns : input.line, met);
  Walk aged(input.aged, met);
  std::size_t claims = 0;
  std::size_t retries = 0;
  while (claims < input.claim_limit) {
    const bool ages =
        !input.probing && (input.claims_before + claims) % kAgeingSlots == kAgeingSlots - 1;
    const LineRow* row = ages ? aged.next() : line.next();
    if (row == nullptr) {
      row = ages ? line.next() : nullptr;
    }
    if (row == nullptr) {
      break;
    }
    const Verdict verdict = judge(*row, input, unfit, busy, retries);
    if (verdict == Verdict::claim) {
      busy.insert(customer_key(row->customer_id));
      ++claims;
      retries += row->attempts > 0 ? 1 : 0;
    }
    decisions.push_back({*row, verdict});
  }
  return decisions;
}

}  // namespace rfi::queue
