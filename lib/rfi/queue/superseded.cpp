// What is noticed of rows that a newer one of their customer may have made pointless: the memory,
// and the store's part of it.
#include "rfi/queue/superseded.hpp"

#include "rfi/queue/store.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace rfi::queue {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// As customer_key() sees it, but without making keys: this is asked of every open row.
bool is_same_customer(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

void SupersededRows::waits(const std::string& customer, RfiId row) {
  if (const auto known = waiting_.find(customer); known != waiting_.end()) {
    known->second = std::min(known->second, row);
  } else if (waiting_.size() < kMost) {
    waiting_.emplace(customer, row);
  }
}

void SupersededRows::moves_on(const std::string& customer, RfiId row) {
  if (const auto known = waiting_.find(customer); known != waiting_.end() && known->second == row) {
    waiting_.erase(known);
  }
}

std::optional<RfiId> SupersededRows::older_than(std::string_view customer, RfiId newer) const {
  const auto known = waiting_.find(customer);
  if (known == waiting_.end() || known->second >= newer || was_reported(known->second)) {
    return std::nullopt;
  }
  return known->second;
}

/// `row` was met while another one of its customer is open.
void Store::compare_with_open(Work& work, const LineRow& row) {
  const auto is_other = [&](const auto& entry) {
    return is_same_customer(entry.second.customer_id, row.customer_id) && entry.first != row.id &&
           !work.closed.contains(entry.first);
  };
  for (const auto* rows : {&work.opened, &open_}) {
    if (const auto open = std::ranges::find_if(*rows, is_other); open != rows->end()) {
      report_superseded(
          work, std::min(open->first, row.id), std::max(open->first, row.id), row.customer_id);
      return;
    }
  }
}

/// `row` is claimed.
void Store::compare_with_waiting(Work& work, const LineRow& row, const std::string& customer) {
  if (const auto older = superseded_.older_than(customer, row.id)) {
    report_superseded(work, *older, row.id, row.customer_id);
  }
}

void Store::report_superseded(Work& work,
                              RfiId older,
                              RfiId newer,
                              const std::string& customer_id) {
  const auto same = [older](const Superseded& said) { return said.id == older; };
  if (superseded_.was_reported(older) || std::ranges::any_of(work.result.superseded, same)) {
    return;
  }
  Statement read(session_->database(),
                 "SELECT o.reference, n.reference FROM rfi AS o, rfi AS n WHERE o.id = ?1 AND "
                 "n.id = ?2 AND (o.state = 'pending' OR o.state = 'submitting')");
  auto rows = read.query(static_cast<std::int64_t>(older), static_cast<std::int64_t>(newer));
  if (rows.next()) {
    work.result.superseded.push_back({older, rows.text(0), rows.text(1), customer_id});
  }
}

/// What the commit has made true. `work.closed` rows are still in open_.
void Store::settle_superseded(const Work& work) {
  for (const auto& [customer, row] : work.waiting) {
    superseded_.waits(customer, row);
  }
  for (const Superseded& said : work.result.superseded) {
    superseded_.reported(said.id);
  }
  if (superseded_.empty()) {
    return;
  }
  for (const Claim& claim : work.result.claims) {
    superseded_.moves_on(customer_key(claim.customer_id), claim.attempt.rfi);
  }
  for (const Closing& closing : work.exchange.closings) {
    if (std::holds_alternative<policy::Finish>(closing.next)) {
      superseded_.ends(closing.attempt.rfi);
    }
  }
  for (const Refused& row : work.result.refused) {
    superseded_.moves_on(customer_key(row.customer_id), row.id);
    superseded_.ends(row.id);
  }
  for (const Cancelled& row : work.result.cancelled) {
    superseded_.moves_on(customer_key(row.customer_id), row.id);
    superseded_.ends(row.id);
  }
}

}  // namespace rfi::queue
