// A copy that is made while producers, the store and retention go on: at the end it must be the
// queue, row by row, or what is said of it otherwise.
#include "rfi/queue/queue_copy.hpp"

#include "unit/queue/store_fixture.hpp"

#include "rfi/queue/retention.hpp"
#include "rfi/queue/schema.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace rfi::queue::test {
namespace {

class QueueCopyTest : public StoreTest {
 protected:
  QueueCopyTest() { std::ofstream{copy_path_}; }

  void insert(int from, int to, std::size_t bytes = 300) {
    producer_.must("BEGIN IMMEDIATE");
    for (int number = from; number < to; ++number) {
      producer_.must(fmt::format(
          "INSERT INTO rfi (reference, customer_id, requested, documents, priority) VALUES "
          "('r{}', '{}', '[\"asked\"]', '{{\"a\":\"{}\"}}', {})",
          number,
          customer(number),
          std::string(bytes, 'x'),
          number % 3));
    }
    producer_.must("COMMIT");
  }
  void submit(std::size_t count) {
    auto claimed = exchange(count);
    std::vector<Closing> closings;
    for (const Claim& each : claimed.claims) {
      closings.push_back(accepted(each));
    }
    (void)exchange(0, std::move(closings));
  }
  /// All that a table holds.
  static std::string table(Producer& of, const std::string& columns, const std::string& name) {
    return of.text(fmt::format(
        "SELECT group_concat(line, char(10)) FROM (SELECT {} AS line FROM {} ORDER BY 1)",
        columns,
        name));
  }
  void expect_same() {
    Producer copy(copy_path_);
    EXPECT_EQ(copy.text("PRAGMA integrity_check"), "ok");
    for (const auto& [name, columns] :
         {std::pair{"rfi",
                    "json_array(id, reference, customer_id, priority, not_before, deadline, "
                    "created_at, state, failure, detail, attempts, next_attempt_at, updated_at, "
                    "finished_at, retried_at, erased_at, waiting_for, requested, documents)"},
          std::pair{"attempt",
                    "json_array(rfi_id, number, started_at, finished_at, outcome, http_status, "
                    "body_sha256, body_bytes, fields, duration_ms, version, policy_sha256)"},
          std::pair{"upload", "json_array(rfi, path, sha256, size, uri, uploaded_at)"},
          std::pair{"tally", "json_array(state, failure, count)"},
          std::pair{"unfit_period", "json_array(started_at, ended_at)"},
          std::pair{"sqlite_sequence", "json_array(name, seq)"}}) {
      EXPECT_EQ(table(copy, columns, name), table(producer_, columns, name)) << name;
    }
  }

  TemporaryDirectory directory_;
  std::filesystem::path copy_path_ = directory_.path() / "copy.db";
};

TEST_F(QueueCopyTest, IsTheQueue) {
  insert(0, 300);
  insert(300, 302, 200'000);
  submit(64);
  (void)exchange(20);
  producer_.must("UPDATE rfi SET state = 'cancelled' WHERE reference = 'r201'");
  Producer planter(path(), TrustedSchema::on, Triggers::off);
  planter.must("INSERT INTO unfit_period VALUES (5, 9), (12, NULL)");
  planter.must("INSERT INTO upload VALUES (7, 'a.pdf', 'aa', 7, '/u', 5)");
  planter.must("DELETE FROM rfi WHERE id = 302");

  const Database source(path(), OpenMode::read_write);
  QueueCopy copy(source, copy_path_);
  while (copy.step()) {
  }
  EXPECT_EQ(copy.finish(), std::nullopt);
  EXPECT_TRUE(copy.is_of_one_moment());
  EXPECT_EQ(copy.rows(), 301);
  expect_same();
}

TEST_F(QueueCopyTest, TakesOverWhatChangesMeanwhile) {
  insert(0, 3000, 900);
  submit(200);
  const Database source(path(), OpenMode::read_write);
  QueueCopy copy(source, copy_path_);
  int number = 3000;
  // As long as others work all the time, each step of the copy is followed by changes of every
  // kind.
  int step = 0;
  for (; copy.step(); ++step) {
    if (step >= 40) {
      continue;
    }
    insert(number, number + 5);
    number += 5;
    submit(7);
    (void)exchange(3);
    producer_.must(fmt::format(
        "UPDATE rfi SET priority = 9, deadline = 4102444800000 WHERE id = {} AND state = 'pending'",
        1200 + step));
    producer_.must(fmt::format(
        "UPDATE rfi SET state = 'cancelled' WHERE id = {} AND state = 'pending'", 1300 + step));
    if (step < 5) {
      producer_.must(
          fmt::format("DELETE FROM rfi WHERE id = {} AND state = 'submitted'", 1 + step));
    }
    if (step % 4 == 3) {
      now_ += 1s;
      (void)take_over_rows(store().database(), {.documents = now_ - 1s, .rows = {}}, now_, 30);
    }
    if (step == 4) {
      restart();
      (void)store().recover(now_);
    }
  }
  EXPECT_GE(step, 5);
  EXPECT_EQ(copy.finish(), std::nullopt);
  EXPECT_TRUE(copy.is_of_one_moment());
  expect_same();
  // And it can be worked with.
  const Producer copied(copy_path_);
  EXPECT_EQ(copied.text("PRAGMA auto_vacuum"), "2");
}

TEST_F(QueueCopyTest, LeavesOutWhatWasErased) {
  producer_.must("PRAGMA secure_delete = OFF");
  insert(0, 50);
  producer_.must(
      "INSERT INTO rfi (reference, customer_id, requested, documents) VALUES ('gone', "
      "'2f1d8a52-6d1c-4f0a-9b43-5d9a3c1f7e10', '[]', '{\"a\":\"MARKER\"}')");
  submit(64);
  producer_.must("DELETE FROM rfi WHERE reference = 'gone'");
  const Database source(path(), OpenMode::read_write);
  QueueCopy copy(source, copy_path_);
  while (copy.step()) {
  }
  EXPECT_EQ(copy.finish(), std::nullopt);
  std::ifstream stream(copy_path_, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  EXPECT_EQ(bytes.find("MARKER"), std::string::npos);
  expect_same();
}

TEST_F(QueueCopyTest, HoldsNoReadOpenBetweenSteps) {
  insert(0, 2000, 900);
  const Database source(path(), OpenMode::read_write);
  QueueCopy copy(source, copy_path_);
  producer_.must("PRAGMA busy_timeout = 0");
  int steps = 0;
  while (copy.step()) {
    producer_.must("UPDATE rfi SET priority = priority + 1 WHERE id = 1");
    ++steps;
  }
  EXPECT_GE(steps, 5);
  EXPECT_EQ(copy.finish(), std::nullopt);
  expect_same();
}

TEST_F(QueueCopyTest, RefusesAnAlteredSchema) {
  producer_.must("CREATE TRIGGER planted AFTER INSERT ON rfi BEGIN SELECT 1; END");
  const Database source(path(), OpenMode::read_write);
  EXPECT_THROW(QueueCopy(source, copy_path_), std::runtime_error);
}

}  // namespace
}  // namespace rfi::queue::test
