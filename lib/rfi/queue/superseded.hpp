// Which rows wait while a newer one of their customer has been met. In memory, and only of rows
// that the store has had to do with: a customer with one row at a time costs nothing.
#pragma once

#include "rfi/queue/queue_port.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace rfi::queue {

/// Rows by the key of their customer (customer_key()). Each older row is reported once.
class SupersededRows {
 public:
  /// The row waits for its next try or its time. The oldest of a customer is kept, and no more than
  /// kMost in all.
  void waits(const std::string& customer, RfiId row);
  /// It was claimed, or has come to its end.
  void moves_on(const std::string& customer, RfiId row);

  /// The row of this customer that waits and is older than `newer`, unless it was reported.
  [[nodiscard]] std::optional<RfiId> older_than(std::string_view customer, RfiId newer) const;

  void reported(RfiId row) { reported_.insert(row); }
  [[nodiscard]] bool was_reported(RfiId row) const { return reported_.contains(row); }
  /// The row has come to its end.
  void ends(RfiId row) { reported_.erase(row); }

  [[nodiscard]] bool empty() const { return waiting_.empty() && reported_.empty(); }

 private:
  static constexpr std::size_t kMost = 65'536;

  std::map<std::string, RfiId, std::less<>> waiting_;
  std::set<RfiId> reported_;
};

}  // namespace rfi::queue
