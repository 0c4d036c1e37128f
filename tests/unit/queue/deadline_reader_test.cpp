#include "rfi/queue/deadline_reader.hpp"

#include "unit/queue/queue_fixture.hpp"

#include "rfi/queue/schema.hpp"

#include <fmt/format.h>

#include <string>
#include <variant>

namespace rfi::queue::test {
namespace {

using policy::utc_from_unix_ms;

class Deadlines : public QueueTest {
 protected:
  Deadlines()
      : database_(std::get<Database>(open_queue(path(), OpenMode::read_only))),
        hand_(path(), TrustedSchema::on, Triggers::off) {}

  /// Rows 1 to `count`; `priority`, `deadline` and `waiting_for` are SQL of the row's number i.
  void fill(int count,
            const std::string& priority,
            const std::string& deadline,
            const std::string& waiting_for = "NULL") {
    hand_.must(fmt::format(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
        "INSERT INTO rfi (reference, customer_id, requested, documents, priority, deadline, "
        "waiting_for) SELECT (SELECT count(*) FROM rfi) + i, printf('a0000000-0000-4000-8000-"
        "%012d', i), '[]', '{{}}', {}, {}, {} FROM n",
        count,
        priority,
        deadline,
        waiting_for));
  }
  /// Reads to the end and returns the number of pieces.
  int read(DeadlineReader& reader) {
    int pieces = 1;
    while (reader.read_on(database_)) {
      ++pieces;
    }
    return pieces;
  }

  Database database_;
  Producer hand_;
};

TEST_F(Deadlines, AreReadInOneLookWhereThereAreNone) {
  fill(20'000, "i % 3", "NULL");
  DeadlineReader reader(utc_from_unix_ms(1'000'000));
  EXPECT_EQ(read(reader), 1);
  EXPECT_TRUE(reader.rows().empty());
}

TEST_F(Deadlines, AreThoseUpToTheGivenTimeWhereverTheRowWaits) {
  fill(3'000, "0", "1000 + i / 1000", "CASE i % 3 WHEN 0 THEN 'time' WHEN 1 THEN 'customer' END");
  fill(100, "0", "5000");
  DeadlineReader reader(utc_from_unix_ms(4'000));
  EXPECT_GT(read(reader), 5) << "many rows of one deadline are read in pieces as well";
  EXPECT_EQ(reader.rows().size(), 3'000U);
  EXPECT_FALSE(reader.has_more());
}

TEST_F(Deadlines, GoBehindTheRowsOfHigherPriority) {
  fill(10'000, "5", "NULL");
  fill(3, "5", "1000");
  fill(7, "2", "2000");
  fill(500, "1", "NULL");
  fill(2, "0", "3000");
  fill(50, "-1", "NULL");
  DeadlineReader reader(utc_from_unix_ms(4'000));
  (void)read(reader);
  EXPECT_EQ(reader.rows().size(), 12U);
  EXPECT_EQ(reader.rows_before(), (policy::RowsBefore{{5, 0}, {2, 10'003}, {0, 10'510}}));
}

TEST_F(Deadlines, AreNotReadWithoutEnd) {
  fill(static_cast<int>(DeadlineReader::kMostRows) + 600, "0", "1000 + i");
  DeadlineReader reader(utc_from_unix_ms(10'000'000));
  (void)read(reader);
  EXPECT_EQ(reader.rows().size(), DeadlineReader::kMostRows);
  EXPECT_TRUE(reader.has_more());
}

TEST_F(Deadlines, ReadTheirIndexesWithoutSorting) {
  for (const std::string* statement : {&deadline_rows_statement(), &higher_rows_statement()}) {
    Statement plan(database_, "EXPLAIN QUERY PLAN " + *statement);
    std::string text;
    auto rows = plan.query();
    while (rows.next()) {
      text += rows.text(3) + '\n';
    }
    EXPECT_NE(text.find("INDEX rfi_"), std::string::npos) << text;
    EXPECT_EQ(text.find("TEMP B-TREE"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace rfi::queue::test
