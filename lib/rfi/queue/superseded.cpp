// What is noticed of rows that a newer one of their customer may have made pointless: the memory,
// and the store's part of it.
#include "rfi/queue/superseded.hpp"

#include "rfi/queue/store.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace rfi::queue {

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

/// `newer` was met while its customer is busy.
void Store::compare_with_open(Work& work, const LineRow& newer) {
  const std::string customer = customer_key(newer.customer_id);
  const auto is_older = [&](const auto& entry) {
    const auto& [id, row] = entry;
    return id < newer.id && !work.closed.contains(id) && customer_key(row.customer_id) == customer;
  };
  for (const auto* rows : {&work.opened, &open_}) {
    if (const auto older = std::ranges::find_if(*rows, is_older); older != rows->end()) {
      report_superseded(work, older->first, newer);
      return;
    }
  }
}

/// `newer` is claimed.
void Store::compare_with_waiting(Work& work, const LineRow& newer, const std::string& customer) {
  if (const auto older = superseded_.older_than(customer, newer.id)) {
    report_superseded(work, *older, newer);
  }
}

void Store::report_superseded(Work& work, RfiId older, const LineRow& newer) {
  const auto same = [older](const Superseded& said) { return said.id == older; };
  if (superseded_.was_reported(older) || std::ranges::any_of(work.result.superseded, same)) {
    return;
  }
  Statement read(session_->database(),
                 "SELECT reference FROM rfi WHERE id = ?1 "
                 "AND (state = 'pending' OR state = 'submitting')");
  auto rows = read.query(static_cast<std::int64_t>(older));
  if (rows.next()) {
    work.result.superseded.push_back({older, rows.text(0), newer.reference, newer.customer_id});
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
