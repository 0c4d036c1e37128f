// The producer's side of the queue: new RFIs go in. The rules are those that the CHECKs of the
// table enforce for every producer; here they are judged beforehand, so that all problems are known
// at once and in words.
#pragma once

#include "rfi/policy/utc_time.hpp"
#include "rfi/queue/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::queue {

/// What a producer writes of a row; the queue and the daemon give the rest.
struct NewRfi {
  std::string reference;
  std::string customer_id;
  std::string requested;  ///< JSON array, stored byte for byte
  std::string documents;  ///< JSON object, stored byte for byte
  std::int64_t priority = 0;
  std::optional<policy::UtcTime> not_before;
  std::optional<policy::UtcTime> deadline;
};

/// Why the table would refuse the value, as the end of a sentence that begins with the column's
/// name ("must ..."); nothing when it will do. Never holds the value.
[[nodiscard]] std::optional<std::string_view> customer_id_fault(std::string_view customer_id);

/// Everything the table would refuse in `rfi`, one sentence each. That `requested` and `documents`
/// are JSON is the caller's part.
[[nodiscard]] std::vector<std::string> faults_of(const NewRfi& rfi);

/// What became of one insert.
enum class Intaken {
  queued,
  already_queued  ///< a row with that reference stands there, whatever it holds: nothing was
                  ///< changed
};

/// Inserts rows. The caller opens the transaction. Prepared once per connection.
class Intake {
 public:
  explicit Intake(const Database& database);

  /// Throws SqliteError; SQLITE_CONSTRAINT with the CHECK's sentence for a row that faults_of()
  /// objects to.
  Intaken insert(const NewRfi& rfi);
  /// Inserts all in their order, many with one statement: what a statement costs beside its rows,
  /// and the constant parts of the CHECKs, are paid once for them. Returns the places in `rows` of
  /// those that were queued already, be it by an earlier one of `rows`. Throws as insert(); then it
  /// is unknown which of them are in the transaction.
  [[nodiscard]] std::vector<std::size_t> insert_all(std::span<const NewRfi> rows);

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

  [[nodiscard]] Prepared prepare(std::size_t rows) const;
  /// Runs one of them; returns how many rows went in.
  std::size_t run(sqlite3_stmt* statement, std::span<const NewRfi> rows);
  void find_old(std::span<const NewRfi> rows,
                std::size_t inserted,
                std::size_t first_place,
                std::vector<std::size_t>& places);

  const Database& database_;
  Prepared insert_one_;
  Prepared insert_many_;
  Statement id_of_;
  Statement newest_but_;
};

}  // namespace rfi::queue
