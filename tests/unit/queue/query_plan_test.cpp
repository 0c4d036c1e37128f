// The cost of a claim by its query plans, not by the clock: no statement scans a table or sorts,
// with 100,000 rows or none.
#include "unit/queue/queue_fixture.hpp"

#include "rfi/queue/session.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>
#include <vector>

namespace rfi::queue::test {
namespace {

using QueryPlan = QueueTest;

std::vector<std::string> plan_of(sqlite3* handle, const std::string& sql) {
  std::vector<std::string> steps;
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(
      sqlite3_prepare_v2(handle, ("EXPLAIN QUERY PLAN " + sql).c_str(), -1, &statement, nullptr),
      SQLITE_OK)
      << sql;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    steps.emplace_back(static_cast<const char*>(sqlite3_column_blob(statement, 3)),
                       static_cast<std::size_t>(sqlite3_column_bytes(statement, 3)));
  }
  sqlite3_finalize(statement);
  return steps;
}

int look_at_all_plans(const std::filesystem::path& path) {
  Session session(path, JournalMode::rollback, std::chrono::seconds{1});
  EXPECT_NE(session.line(), nullptr);
  int seen = 0;
  sqlite3* handle = session.database().handle();
  std::vector<std::string> statements;
  for (sqlite3_stmt* s = sqlite3_next_stmt(handle, nullptr); s != nullptr;
       s = sqlite3_next_stmt(handle, s)) {
    statements.emplace_back(sqlite3_sql(s));
  }
  for (const auto& sql : statements) {
    SCOPED_TRACE(sql);
    for (const auto& step : plan_of(handle, sql)) {
      ++seen;
      // A partial index that is read as a whole holds live rows only and ends at the LIMIT.
      const bool scans_rows = step.starts_with("SCAN") && step.find("USING") == std::string::npos;
      EXPECT_FALSE(scans_rows && step != "SCAN unfit_period") << step;
      EXPECT_EQ(step.find("TEMP B-TREE"), std::string::npos) << step;
      EXPECT_EQ(step.find("AUTOMATIC"), std::string::npos) << step;
    }
  }
  return seen;
}

TEST_F(QueryPlan, NeverScansOrSortsRows) {
  EXPECT_GE(look_at_all_plans(path()), 20);
}

TEST_F(QueryPlan, StaysTheSameWithAHundredThousandRowsAndStatistics) {
  Producer fill(path(), TrustedSchema::on, Triggers::off);
  fill.must(fmt::format(
      "PRAGMA synchronous = OFF; BEGIN; "
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
      "INSERT INTO rfi (reference, customer_id, requested, documents, state, waiting_for, "
      "next_attempt_at, finished_at) "
      "SELECT 'r' || i, '{}', '[]', '{{}}', "
      "CASE i % 10 WHEN 0 THEN 'pending' WHEN 1 THEN 'pending' WHEN 2 THEN 'pending' ELSE "
      "'submitted' END, "
      "CASE i % 10 WHEN 1 THEN 'time' WHEN 2 THEN 'customer' END, i, CASE WHEN i % 10 > 2 THEN i "
      "END FROM n; COMMIT; ANALYZE",
      customer(1)));
  EXPECT_GE(look_at_all_plans(path()), 20);
}

}  // namespace
}  // namespace rfi::queue::test
