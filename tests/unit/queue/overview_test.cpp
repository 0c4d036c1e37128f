#include "rfi/queue/overview.hpp"

#include "unit/queue/queue_fixture.hpp"

#include "rfi/queue/live_walk.hpp"
#include "rfi/queue/schema.hpp"

#include <fmt/format.h>

#include <array>
#include <set>
#include <string>
#include <vector>

namespace rfi::queue::test {
namespace {

using policy::utc_from_unix_ms;

constexpr std::array kSlices{LiveSlice::in_line,
                             LiveSlice::waiting_for_time,
                             LiveSlice::waiting_for_customer,
                             LiveSlice::submitting,
                             LiveSlice::cancelled_unstamped,
                             LiveSlice::cancelled};

class Overviews : public QueueTest {
 protected:
  Overviews()
      : database_(std::get<Database>(open_queue(path(), OpenMode::read_only))),
        hand_(path(), TrustedSchema::on, Triggers::off) {}

  /// `count` rows with values that tie in every column of the indexes.
  void fill(int count) {
    hand_.must(fmt::format(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
        "INSERT INTO rfi (reference, customer_id, requested, documents, priority, deadline, "
        "created_at, state, finished_at, waiting_for, next_attempt_at) "
        "SELECT 'r' || i, printf('%s0000000-0000-4000-8000-%012d', "
        "CASE i % 2 WHEN 0 THEN 'A' ELSE 'a' END, i % 5), '[]', '{{}}', i % 3, "
        "CASE i % 4 WHEN 0 THEN 9000 + i % 2 END, 1000 + i % 7, "
        "CASE i % 11 WHEN 0 THEN 'submitting' WHEN 1 THEN 'cancelled' WHEN 2 THEN 'cancelled' "
        "ELSE 'pending' END, "
        "CASE i % 11 WHEN 1 THEN 3000 + i % 4 END, "
        "CASE WHEN i % 11 > 2 THEN CASE i % 3 WHEN 0 THEN 'time' WHEN 1 THEN 'customer' END END, "
        "CASE WHEN i % 11 > 2 AND i % 3 = 0 THEN 8000 + i % 6 END FROM n",
        count));
  }
  std::int64_t number(const std::string& where) {
    return hand_.number("SELECT count(*) FROM rfi WHERE " + where);
  }

  Database database_;
  Producer hand_;
};

TEST_F(Overviews, CountWhatThereIs) {
  fill(2000);
  hand_.must("UPDATE tally SET count = 12 WHERE state = 'submitted'");
  hand_.must("UPDATE tally SET count = 3 WHERE failure = 'rejected'");
  hand_.must("UPDATE tally SET count = 4 WHERE failure = 'expired'");
  const auto overview = read_overview(database_, utc_from_unix_ms(8003));
  EXPECT_EQ(overview.in_line, number("state = 'pending' AND waiting_for IS NULL"));
  EXPECT_EQ(overview.waiting_for_time, number("waiting_for = 'time'"));
  EXPECT_EQ(overview.waiting_for_customer, number("waiting_for = 'customer'"));
  EXPECT_EQ(overview.pending(), number("state = 'pending'"));
  EXPECT_EQ(overview.submitting, number("state = 'submitting'"));
  EXPECT_EQ(overview.cancelled, number("state = 'cancelled'"));
  EXPECT_EQ(overview.submitted, 12);
  EXPECT_EQ(overview.failed_in_all(), 7);
  EXPECT_EQ(overview.failed.at(policy::Failure::expired), 4);
}

TEST_F(Overviews, AreReadInPieces) {
  fill(20'000);
  OverviewReader reader(utc_from_unix_ms(8003));
  int pieces = 1;
  while (reader.read_on(database_)) {
    ++pieces;
  }
  EXPECT_GT(pieces, 10);
  EXPECT_EQ(reader.overview().pending(), number("state = 'pending'"));
}

TEST_F(Overviews, WalksMeetEachRowOnceWhateverTheChunk) {
  fill(600);
  const std::array wheres{"state = 'pending' AND waiting_for IS NULL",
                          "waiting_for = 'time'",
                          "waiting_for = 'customer'",
                          "state = 'submitting'",
                          "state = 'cancelled' AND finished_at IS NULL",
                          "state = 'cancelled' AND finished_at IS NOT NULL"};
  for (std::size_t i = 0; i < kSlices.size(); ++i) {
    for (const std::size_t chunk : {1U, 7U, 64U, 5000U}) {
      SCOPED_TRACE(fmt::format("slice {} chunk {}", i, chunk));
      LiveWalk walk(database_, kSlices.at(i));
      std::set<RfiId> met;
      std::int64_t rows = 0;
      for (auto page = walk.next(chunk); !page.empty(); page = walk.next(chunk)) {
        for (const auto& row : page) {
          met.insert(row.id);
          ++rows;
        }
      }
      EXPECT_EQ(rows, number(wheres.at(i)));
      EXPECT_EQ(static_cast<std::int64_t>(met.size()), rows);
    }
  }
}

TEST_F(Overviews, WalksReadTheirIndexWithoutSorting) {
  for (const auto slice : kSlices) {
    Statement plan(database_, "EXPLAIN QUERY PLAN " + live_walk_statement(slice));
    std::string text;
    auto rows = plan.query();
    while (rows.next()) {
      text += rows.text(3) + '\n';
    }
    EXPECT_NE(text.find("INDEX rfi_"), std::string::npos) << text;
    EXPECT_EQ(text.find("TEMP B-TREE"), std::string::npos) << text;
    // Rows inserted by one statement have the same time: what goes on among them goes by the id.
    EXPECT_TRUE(text.find("AND id>?)") != std::string::npos ||
                text.find("AND rowid>?)") != std::string::npos)
        << text;
    EXPECT_NE(text.find('>'), std::string::npos) << "starts at the index's beginning: " << text;
  }
}

TEST_F(Overviews, OldestDueIsTheLongestWaitOfAnyDueRow) {
  struct Case {
    const char* what;
    const char* columns;
    const char* values;
    std::optional<std::int64_t> oldest;
    std::optional<std::int64_t> next;
  };
  const std::array<Case, 6> cases{
      {{"in line", ", created_at", ", 1000", 1000, {}},
       {"in line, not before has passed", ", created_at, not_before", ", 1000, 4000", 4000, {}},
       {"in line, not before is ahead", ", created_at, not_before", ", 1000, 9000", {}, 9000},
       {"backoff over",
        ", created_at, next_attempt_at, waiting_for",
        ", 1000, 4500, 'time'",
        4500,
        {}},
       {"backoff", ", created_at, next_attempt_at, waiting_for", ", 1000, 7000, 'time'", {}, 7000},
       {"behind its customer",
        ", created_at, not_before, waiting_for",
        ", 1000, 2000, 'customer'",
        2000,
        {}}}};
  const auto as_time = [](std::optional<std::int64_t> ms) {
    return ms ? std::optional(utc_from_unix_ms(*ms)) : std::nullopt;
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.what);
    hand_.must("DELETE FROM rfi");
    hand_.insert("only", 1, one.columns, one.values);
    const auto overview = read_overview(database_, utc_from_unix_ms(5000));
    EXPECT_EQ(overview.oldest_due, as_time(one.oldest));
    EXPECT_EQ(overview.next_due, as_time(one.next));
  }
}

TEST_F(Overviews, NearestDeadlinesComeFirst) {
  hand_.insert("late", 1, ", deadline", ", 9000");
  hand_.insert("soon", 2, ", deadline", ", 6000");
  hand_.insert("never", 3);
  hand_.insert("later", 4, ", deadline", ", 9500");
  const auto overview = read_overview(database_, utc_from_unix_ms(5000), 2);
  ASSERT_EQ(overview.deadlines.size(), 2U);
  EXPECT_EQ(overview.deadlines[0].reference, "soon");
  EXPECT_EQ(overview.deadlines[1].time, utc_from_unix_ms(9000));
}

TEST_F(Overviews, AnOpenUnfitPeriodIsNamed) {
  hand_.must("INSERT INTO unfit_period VALUES (100, 200)");
  EXPECT_EQ(read_overview(database_, utc_from_unix_ms(5000)).unfit_since, std::nullopt);
  hand_.must("INSERT INTO unfit_period VALUES (300, NULL)");
  EXPECT_EQ(read_overview(database_, utc_from_unix_ms(5000)).unfit_since, utc_from_unix_ms(300));
}

}  // namespace
}  // namespace rfi::queue::test
