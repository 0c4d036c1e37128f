// Erasing and deleting on a real file, looked at as a producer sees it and byte by byte.
#include "rfi/queue/retention.hpp"

#include "unit/queue/store_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace rfi::queue::test {
namespace {

using policy::RetentionCutoffs;

constexpr std::size_t kMany = 1000;

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string marker(int number) {
  return fmt::format("MARK{:06}", number);
}

class RetentionTest : public StoreTest {
 protected:
  /// A row of `bytes` made of its marker.
  void insert(int number, std::size_t bytes, const std::string& more = "") {
    std::string secret;
    while (secret.size() < bytes) {
      secret += marker(number);
    }
    producer_.must(fmt::format(
        "INSERT INTO rfi (reference, customer_id, requested, documents, priority) VALUES "
        "('r{}', '{}', '[\"asked{}\"]', '{{\"a\":\"{}\"}}', {})",
        number,
        customer(number),
        number,
        secret + more,
        number * 7919 % 97));  // they are not sent in the order of their places
  }
  /// Claims and closes all that is due.
  void submit_all() {
    while (true) {
      auto claimed = exchange(32);
      if (claimed.claims.empty()) {
        return;
      }
      std::vector<Closing> closings;
      for (const Claim& each : claimed.claims) {
        closings.push_back(accepted(each));
      }
      (void)exchange(0, std::move(closings));
    }
  }
  RetentionStep take(const RetentionCutoffs& cutoffs, std::size_t rows = kMany) {
    return take_over_rows(store().database(), cutoffs, now_, rows);
  }
  /// Everything of the queue that lies on the disk.
  [[nodiscard]] std::string on_disk() const {
    return bytes_of(path()) + bytes_of(path().string() + "-journal");
  }
};

TEST_F(RetentionTest, ErasesDocumentsAndKeepsTheProof) {
  insert(1, 200);
  submit_all();
  producer_.must("UPDATE rfi SET priority = priority");
  const auto step = take({.documents = now_, .rows = {}});
  EXPECT_EQ(step.erased, 1U);
  EXPECT_EQ(step.deleted, 0U);
  EXPECT_FALSE(step.more);
  EXPECT_EQ(field("documents", "r1"), "{}");
  EXPECT_EQ(field("erased_at", "r1"), std::to_string(policy::unix_ms(now_)));
  EXPECT_EQ(field("requested", "r1"), "[\"asked1\"]");
  EXPECT_EQ(state("r1"), "submitted");
  EXPECT_EQ(producer_.text("SELECT outcome || body_sha256 FROM attempt"), "acceptedhash of r1");
  EXPECT_EQ(producer_.number("SELECT count FROM tally WHERE state = 'submitted'"), 1);
  EXPECT_EQ(take({.documents = now_, .rows = {}}).rows(), 0U);
}

TEST_F(RetentionTest, LeavesAloneWhatIsNotOver) {
  insert(1, 50);
  submit_all();
  now_ += 1h;
  insert(2, 50);
  submit_all();
  insert(3, 50);  // pending
  insert(4, 50, "bad");
  (void)exchange(0);
  EXPECT_EQ(take({.documents = now_ - 1min, .rows = {}}).erased, 1U);
  EXPECT_EQ(producer_.number("SELECT count(*) FROM rfi WHERE documents <> '{}'"), 3);
  EXPECT_EQ(take({.documents = {}, .rows = {}}).rows(), 0U);
  EXPECT_EQ(take({.documents = {}, .rows = now_ - 2h}).rows(), 0U);
}

TEST_F(RetentionTest, KeepsOfUploadsOnlyWhatIsProof) {
  insert(1, 50);
  submit_all();
  Producer planter(path(), TrustedSchema::on, Triggers::off);
  planter.must(
      "INSERT INTO upload VALUES (1, 'jane_doe.pdf', 'aa', 7, '/u1', 5), "
      "(1, 'jane_doe_2.pdf', 'bb', 8, '/u2', 6), (2, 'other.pdf', 'aa', 7, '/u3', 5)");
  EXPECT_EQ(take({.documents = now_, .rows = {}}).erased, 1U);
  EXPECT_EQ(
      producer_.text("SELECT group_concat(path || ' ' || sha256 || ' ' || size || uri || ' ' || "
                     "uploaded_at) FROM upload WHERE rfi = 1"),
      "sha256:aa aa 7 5,sha256:bb bb 8 6");
  EXPECT_EQ(producer_.text("SELECT path FROM upload WHERE rfi = 2"), "other.pdf");
  EXPECT_EQ(on_disk().find("jane_doe"), std::string::npos);
}

TEST_F(RetentionTest, DeletesRowsWithTheirAttemptsAndCountsThemNoMore) {
  for (int number = 1; number <= 3; ++number) {
    insert(number, 50);
  }
  insert(4, 50, "bad");
  insert(5, 50);
  producer_.must("UPDATE rfi SET state = 'cancelled' WHERE reference = 'r5'");
  submit_all();
  EXPECT_EQ(producer_.number("SELECT sum(count) FROM tally"), 4);
  EXPECT_EQ(take({.documents = now_, .rows = {}}, 2).erased, 2U);
  EXPECT_EQ(take({.documents = now_, .rows = now_}).deleted, 5U);
  EXPECT_EQ(producer_.number("SELECT count(*) FROM rfi"), 0);
  EXPECT_EQ(producer_.number("SELECT count(*) FROM attempt"), 0);
  EXPECT_EQ(producer_.number("SELECT sum(count) FROM tally"), 0);
  EXPECT_EQ(on_disk().find("MARK"), std::string::npos);
  // Ids are never used twice.
  EXPECT_EQ(producer_.insert("next", 9), 6);
}

TEST_F(RetentionTest, TakesACancelledRowOnceItsTimeIsKnown) {
  insert(1, 50);
  producer_.must("UPDATE rfi SET state = 'cancelled'");
  EXPECT_EQ(take({.documents = now_, .rows = now_}).rows(), 0U);
  (void)exchange(0);
  EXPECT_EQ(take({.documents = now_, .rows = {}}).erased, 1U);
}

TEST_F(RetentionTest, ErasedRowsCannotBeRetriedAndOthersAreNoLongerOver) {
  insert(1, 50, "bad");
  (void)exchange(0);
  (void)exchange(1);
  ASSERT_EQ(state("r1"), "failed");
  Producer operation(path(), TrustedSchema::on, Triggers::off);
  operation.must("UPDATE rfi SET state = 'pending', failure = NULL, finished_at = NULL");
  EXPECT_EQ(take({.documents = now_, .rows = now_}).rows(), 0U);
}

TEST_F(RetentionTest, LeavesNoByteOfWhatItErased) {
  // Rows of all sizes, which grow when they are claimed and closed: SQLite moves them between
  // pages all the time. Some were cancelled by a producer whose library zeroes nothing.
  producer_.must("PRAGMA secure_delete = OFF");
  constexpr int kRows = 3000;
  std::size_t size = 40;
  for (int number = 0; number < kRows; ++number) {
    size = (size * 7 + 131) % (number % 4 == 0 ? 2900 : 700);
    if (number % 50 == 0) {
      producer_.must(number > 0 ? "COMMIT" : "SELECT 1");
      if (number % 500 == 0 && number > 0) {
        submit_all();
      }
      producer_.must("BEGIN IMMEDIATE");
    }
    insert(number, number % 300 == 0 ? 30'000 : size);
    if (number % 40 == 39 && number % 500 > 40) {
      producer_.must(
          fmt::format("UPDATE rfi SET state = 'cancelled' WHERE reference = 'r{}'", number - 20));
    }
  }
  producer_.must("COMMIT");
  submit_all();
  ASSERT_NE(on_disk().find("MARK"), std::string::npos);
  insert(kRows, 500);  // not finished: its bytes stay, and only its bytes

  const RetentionCutoffs all{.documents = now_, .rows = {}};
  std::size_t erased = 0;
  for (bool more = true; more;) {
    const auto step = take(all, 90);
    erased += step.erased;
    more = step.more;
    // Exchanges in between: what this connection remembers of pages must not come back either.
    (void)exchange(0);
  }
  EXPECT_EQ(erased, static_cast<std::size_t>(kRows));
  std::set<std::string> left;
  const std::string bytes = on_disk();
  for (auto at = bytes.find("MARK"); at != std::string::npos; at = bytes.find("MARK", at + 1)) {
    left.insert(bytes.substr(at, 10));
  }
  // Pages that the producer has freed without zeroing them go with the free pages.
  while (free_space(store().database()).free_pages > 0) {
    (void)give_back(store().database(), 100);
  }
  const std::string smaller = on_disk();
  for (auto at = smaller.find("MARK"); at != std::string::npos; at = smaller.find("MARK", at + 1)) {
    EXPECT_EQ(smaller.substr(at, 10), marker(kRows));
    if (smaller.substr(at, 10) != marker(kRows)) {
      break;
    }
  }
  EXPECT_EQ(producer_.text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(left.count(marker(kRows)), 1U);
}

TEST_F(RetentionTest, TakesOneLargeRowAtATimeAndManySmallOnes) {
  for (int number = 0; number < 4; ++number) {
    insert(number, 300 * 1024);
  }
  for (int number = 4; number < 60; ++number) {
    insert(number, 100);
  }
  submit_all();
  std::vector<std::size_t> steps;
  for (bool more = true; more;) {
    const auto step = take({.documents = now_, .rows = {}}, 50);
    steps.push_back(step.erased);
    more = step.more;
  }
  EXPECT_LE(*std::ranges::max_element(steps), 50U);
  EXPECT_GE(steps.size(), 5U);
  EXPECT_EQ(producer_.number("SELECT count(*) FROM rfi WHERE erased_at IS NULL"), 0);
}

TEST_F(RetentionTest, WritesNothingWhenNothingIsOver) {
  insert(1, 50);
  submit_all();
  const auto before = producer_.number("PRAGMA data_version");
  EXPECT_EQ(take({.documents = now_ - 1h, .rows = now_ - 1h}).rows(), 0U);
  EXPECT_EQ(producer_.number("PRAGMA data_version"), before);
}

TEST_F(RetentionTest, TouchesNothingInASchemaThatSomebodyAltered) {
  insert(1, 50);
  submit_all();
  producer_.must("CREATE INDEX planted ON rfi (detail)");
  const auto step = take({.documents = now_, .rows = {}});
  EXPECT_TRUE(step.schema_altered);
  EXPECT_EQ(step.rows(), 0U);
  EXPECT_NE(field("documents", "r1"), "{}");
  producer_.must("DROP INDEX planted");
  EXPECT_EQ(take({.documents = now_, .rows = {}}).erased, 1U);
}

TEST_F(RetentionTest, GivesFreePagesBackInSteps) {
  for (int number = 0; number < 20; ++number) {
    insert(number, 50'000);
  }
  submit_all();
  const auto size = std::filesystem::file_size(path());
  (void)take({.documents = now_, .rows = {}});
  while (take({.documents = now_, .rows = {}}).more) {
  }
  const auto before = free_space(store().database());
  EXPECT_TRUE(before.can_shrink);
  EXPECT_GE(before.free_pages, 200);
  (void)give_back(store().database(), 10);
  EXPECT_EQ(free_space(store().database()).free_pages, before.free_pages - 10);
  (void)give_back(store().database(), 1000);
  EXPECT_EQ(free_space(store().database()).free_pages, 0);
  EXPECT_LT(std::filesystem::file_size(path()), size / 4);
}

TEST_F(RetentionTest, FindsAndErasesAllOfOneCustomer) {
  const std::string jane = customer(7);
  const auto row = [&](const std::string& reference, const std::string& id) {
    producer_.must(fmt::format(
        "INSERT INTO rfi (reference, customer_id, requested, documents) VALUES ('{}', '{}', "
        "'[\"asked\"]', '{{\"a\":\"MARK-{}\"}}')",
        reference,
        id,
        reference));
  };
  std::string upper = jane;
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  row("sent", jane);
  row("other", customer(8));
  submit_all();
  row("later", upper);
  submit_all();
  row("withdrawn", jane);
  producer_.must("UPDATE rfi SET state = 'cancelled' WHERE reference = 'withdrawn'");
  row("waits", jane);

  CustomerRows found;
  while (!found.at_end) {
    find_rows_of_customer(store().database(), jane, 2, found);
  }
  EXPECT_EQ(found.finished.size(), 3U);
  EXPECT_EQ(found.live, std::vector<std::string>{"waits"});
  std::size_t from = 0;
  while (from < found.finished.size()) {
    EXPECT_GT(erase_for_good(store().database(), found.finished, from, now_, 2).erased, 0U);
  }
  for (const auto* reference : {"sent", "later", "withdrawn"}) {
    EXPECT_EQ(field("documents || requested", reference), "{}[]");
    EXPECT_EQ(on_disk().find(fmt::format("MARK-{}", reference)), std::string::npos);
  }
  EXPECT_NE(field("documents", "waits"), "{}");
  EXPECT_NE(field("documents", "other"), "{}");
  EXPECT_EQ(producer_.number("SELECT count(*) FROM attempt"), 3);

  CustomerRows again;
  while (!again.at_end) {
    find_rows_of_customer(store().database(), jane, 1000, again);
  }
  EXPECT_TRUE(again.finished.empty());
}

}  // namespace
}  // namespace rfi::queue::test
