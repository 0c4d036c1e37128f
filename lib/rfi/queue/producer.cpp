#include "rfi/queue/producer.hpp"

#include "rfi/policy/reference.hpp"

#include <sqlite3.h>

#include <cstddef>
#include <set>

namespace rfi::queue {
namespace {

constexpr std::size_t kUuidLength = 36;

bool is_hexadecimal(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Enough that the rest of what a statement costs is lost among its rows.
constexpr std::size_t kRowsAtOnce = 32;

/// The parameters of an insert, bound without a copy: the rows must outlive it.
class Binding {
 public:
  Binding(const Database& database, sqlite3_stmt* statement, std::span<const NewRfi> rows)
      : database_(database), statement_(statement) {
    for (const NewRfi& row : rows) {
      bind(row.reference);
      bind(row.customer_id);
      bind(row.requested);
      bind(row.documents);
      bind(std::optional(row.priority));
      bind(unix_ms_of(row.not_before));
      bind(unix_ms_of(row.deadline));
    }
  }
  Binding(const Binding&) = delete;
  Binding& operator=(const Binding&) = delete;
  Binding(Binding&&) = delete;
  Binding& operator=(Binding&&) = delete;
  ~Binding() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

 private:
  static std::optional<std::int64_t> unix_ms_of(std::optional<policy::UtcTime> time) {
    return time ? std::optional(policy::unix_ms(*time)) : std::nullopt;
  }
  void bind(const std::string& text) {
    check(sqlite3_bind_text64(
        statement_, ++position_, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  void bind(std::optional<std::int64_t> value) {
    check(value ? sqlite3_bind_int64(statement_, ++position_, *value)
                : sqlite3_bind_null(statement_, ++position_));
  }
  void check(int code) const {
    if (code != SQLITE_OK) {
      database_.fail(code, "bind a value");
    }
  }

  const Database& database_;
  sqlite3_stmt* statement_;
  int position_ = 0;
};

bool begins_with(std::string_view json, char wanted) {
  const auto first = json.find_first_not_of(" \t\n\r");
  return first != std::string_view::npos && json[first] == wanted;
}

}  // namespace

std::optional<std::string_view> customer_id_fault(std::string_view customer_id) {
  bool good = customer_id.size() == kUuidLength;
  for (std::size_t i = 0; good && i < kUuidLength; ++i) {
    const bool dash_here = i == 8 || i == 13 || i == 18 || i == 23;
    good = dash_here ? customer_id[i] == '-' : is_hexadecimal(customer_id[i]);
  }
  return good ? std::nullopt
              : std::optional<std::string_view>("must be a UUID: 8-4-4-4-12 hexadecimal digits");
}

std::vector<std::string> faults_of(const NewRfi& rfi) {
  std::vector<std::string> faults;
  if (const auto fault = policy::reference_fault(rfi.reference)) {
    faults.push_back("reference " + std::string(*fault));
  }
  if (const auto fault = customer_id_fault(rfi.customer_id)) {
    faults.push_back("customer_id " + std::string(*fault));
  }
  if (!begins_with(rfi.requested, '[')) {
    faults.emplace_back("requested must be a JSON array");
  }
  if (!begins_with(rfi.documents, '{')) {
    faults.emplace_back("documents must be a JSON object");
  }
  return faults;
}

void Intake::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Intake::Intake(const Database& database)
    : database_(database),
      insert_one_(prepare(1)),
      insert_many_(prepare(kRowsAtOnce)),
      id_of_(database, "SELECT id FROM rfi WHERE reference = ?1"),
      newest_but_(database, "SELECT id FROM rfi ORDER BY id DESC LIMIT 1 OFFSET ?1") {}

Intake::Prepared Intake::prepare(std::size_t rows) const {
  std::string sql =
      "INSERT INTO rfi (reference, customer_id, requested, documents, priority, not_before, "
      "deadline) VALUES (?, ?, ?, ?, ?, ?, ?)";
  for (std::size_t row = 1; row < rows; ++row) {
    sql += ", (?, ?, ?, ?, ?, ?, ?)";
  }
  sql += " ON CONFLICT (reference) DO NOTHING";
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.handle(),
                                      sql.data(),
                                      static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT,
                                      &statement,
                                      nullptr);
  Prepared prepared(statement);
  if (code != SQLITE_OK) {
    database_.fail(code, "prepare the insert of an RFI");
  }
  return prepared;
}

std::size_t Intake::run(sqlite3_stmt* statement, std::span<const NewRfi> rows) {
  const Binding binding(database_, statement, rows);
  const int code = sqlite3_step(statement);
  if (code != SQLITE_DONE) {
    database_.fail(code, "write");
  }
  return static_cast<std::size_t>(sqlite3_changes64(database_.handle()));
}

Intaken Intake::insert(const NewRfi& rfi) {
  return run(insert_one_.get(), {&rfi, 1}) > 0 ? Intaken::queued : Intaken::already_queued;
}

std::vector<std::size_t> Intake::insert_all(std::span<const NewRfi> rows) {
  std::vector<std::size_t> places;
  std::size_t place = 0;
  for (; rows.size() - place >= kRowsAtOnce; place += kRowsAtOnce) {
    const auto some = rows.subspan(place, kRowsAtOnce);
    const std::size_t inserted = run(insert_many_.get(), some);
    if (inserted < some.size()) {
      find_old(some, inserted, place, places);
    }
  }
  for (; place < rows.size(); ++place) {
    if (insert(rows[place]) == Intaken::already_queued) {
      places.push_back(place);
    }
  }
  return places;
}

// Ids only grow, so those of the rows that have just gone in are the greatest.
void Intake::find_old(std::span<const NewRfi> rows,
                      std::size_t inserted,
                      std::size_t first_place,
                      std::vector<std::size_t>& places) {
  std::int64_t newest_old = 0;
  if (auto found = newest_but_.query(inserted); found.next()) {
    newest_old = found.integer(0);
  }
  std::set<std::int64_t> seen;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto found = id_of_.query(rows[i].reference);
    const std::int64_t id = found.next() ? found.integer(0) : 0;
    if (id <= newest_old || !seen.insert(id).second) {
      places.push_back(first_place + i);
    }
  }
}

}  // namespace rfi::queue
