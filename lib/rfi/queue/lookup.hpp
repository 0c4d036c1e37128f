// Rows and attempts as an operator reads them. Never a document's value, and no read stays open
// after a call.
#pragma once

#include "rfi/policy/utc_time.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/queue/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::queue {

/// A row without `requested` and `documents`.
struct RfiRow {
  RfiId id{};
  std::string reference;
  std::string customer_id;
  std::int64_t priority = 0;
  std::optional<UtcTime> not_before;
  std::optional<UtcTime> deadline;
  UtcTime created_at{};
  std::string state;
  std::optional<std::string> failure;
  std::optional<std::string> detail;
  std::int64_t attempts = 0;
  std::optional<UtcTime> next_attempt_at;
  std::optional<UtcTime> updated_at;
  std::optional<UtcTime> finished_at;
  std::optional<UtcTime> retried_at;
  std::optional<UtcTime> erased_at;
  std::optional<std::string> waiting_for;
};

/// A row of the audit.
struct AttemptRow {
  std::int64_t number = 0;
  UtcTime started_at{};
  std::optional<UtcTime> finished_at;  ///< absent while it is open
  std::optional<std::string> outcome;
  std::optional<std::int64_t> http_status;
  std::optional<std::string> error;
  std::optional<std::string> detail;
  std::optional<std::string> body_sha256;
  std::optional<std::int64_t> body_bytes;
  std::optional<std::string> fields;  ///< JSON array of paths
  std::optional<std::string> request_id;
  std::optional<std::int64_t> duration_ms;
  std::string version;
  std::string policy_sha256;
};

/// Both are what a row was queued with.
struct Contents {
  std::string requested;
  std::string documents;
};

/// Prepared once per connection. Throws SqliteError.
class Lookup {
 public:
  explicit Lookup(const Database& database);

  [[nodiscard]] std::optional<RfiRow> by_reference(std::string_view reference);
  [[nodiscard]] std::optional<RfiRow> by_id(RfiId id);
  [[nodiscard]] std::optional<Contents> contents(RfiId id);
  /// The attempts behind number `after`, in order, at most `limit`.
  [[nodiscard]] std::vector<AttemptRow> attempts(RfiId id, std::int64_t after, std::size_t limit);
  /// The rows with an id below `before`, the newest first, or above `after`, the oldest first; at
  /// most `limit`.
  [[nodiscard]] std::vector<RfiRow> rows_below(std::int64_t before, std::size_t limit);
  [[nodiscard]] std::vector<RfiRow> rows_above(RfiId after, std::size_t limit);
  /// The row of that customer (UUID in any case) that is being submitted.
  [[nodiscard]] std::optional<RfiRow> submitting_of(std::string_view customer_id);

 private:
  Statement by_reference_, by_id_, contents_, attempts_, submitting_of_, below_, above_;
};

}  // namespace rfi::queue
