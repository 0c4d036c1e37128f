#include "rfi/queue/operations.hpp"

#include "unit/queue/queue_fixture.hpp"

#include "rfi/queue/listing.hpp"
#include "rfi/queue/schema.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

namespace rfi::queue::test {
namespace {

using policy::Failure;
using policy::RfiState;

constexpr auto kNow = policy::utc_from_unix_ms(5'000'000);

class Operations : public QueueTest {
 protected:
  Operations()
      : database_(std::get<Database>(open_queue(path(), OpenMode::read_write))),
        hand_(path(), TrustedSchema::on, Triggers::off) {}

  /// A row that the daemon has brought into `state`.
  void put(const std::string& reference,
           const std::string& state,
           const std::string& failure = "") {
    hand_.insert(reference, 1);
    hand_.must(fmt::format(
        "UPDATE rfi SET state = '{}', failure = {}, detail = 'why', attempts = 7, "
        "next_attempt_at = 99, waiting_for = {}, finished_at = {} WHERE reference = '{}'",
        state,
        failure.empty() ? "NULL" : "'" + failure + "'",
        state == "pending" ? "'time'" : "NULL",
        state == "pending" || state == "submitting" ? "NULL" : "4000",
        reference));
    hand_.must(
        fmt::format("UPDATE tally SET count = count + 1 WHERE state = '{}' AND failure = '{}'",
                    state,
                    failure));
  }
  std::string text(const std::string& sql) { return hand_.text(sql); }
  std::string row(const std::string& reference) {
    return text(fmt::format(
        "SELECT concat_row FROM (SELECT state || '|' || ifnull(failure, '-') || '|' || "
        "ifnull(detail, '-') || '|' || attempts || '|' || ifnull(next_attempt_at, '-') || '|' || "
        "ifnull(waiting_for, '-') || '|' || ifnull(finished_at, '-') || '|' || "
        "ifnull(retried_at, '-') AS concat_row FROM rfi WHERE reference = '{}')",
        reference));
  }
  std::string tally() { return text("SELECT group_concat(count, ' ') FROM tally"); }

  Database database_;
  Producer hand_;
};

std::vector<std::string> names(std::initializer_list<std::string> list) {
  return list;
}

TEST_F(Operations, RetryPutsAFailedRowBackAsIfNewAndKeepsTheTally) {
  put("a", "failed", "rejected");
  const auto before = tally();
  const auto references = names({"a"});
  EXPECT_EQ(retry(database_, references, kNow),
            (std::vector<Operation>{{"a", Operated::done, RfiState::failed}}));
  EXPECT_EQ(row("a"), "pending|-|-|0|-|-|-|5000000");
  EXPECT_EQ(text("SELECT sum(count) FROM tally"), "0");
  EXPECT_NE(tally(), before);
}

TEST_F(Operations, RetryTakesACancelledRowAndLeavesTheTally) {
  put("a", "cancelled");
  put("b", "failed", "invalid");
  const auto before = tally();
  const auto references = names({"a"});
  EXPECT_EQ(retry(database_, references, kNow).front().result, Operated::done);
  EXPECT_EQ(row("a"), "pending|-|-|0|-|-|-|5000000");
  EXPECT_EQ(tally(), before);
}

TEST_F(Operations, RetryRefusesWithTheReasonAndChangesNothing) {
  for (const auto* state : {"pending", "submitting", "submitted"}) {
    put(state, state);
  }
  put("erased", "failed", "rejected");
  hand_.must("UPDATE rfi SET erased_at = 4500 WHERE reference = 'erased'");
  put("past", "failed", "expired");
  hand_.must("UPDATE rfi SET deadline = 5000000 WHERE reference = 'past'");
  const auto before = text("SELECT group_concat(state || ifnull(updated_at, '-')) FROM rfi");
  const auto tally_before = tally();

  const auto references = names({"pending", "submitting", "submitted", "erased", "past", "nobody"});
  EXPECT_EQ(retry(database_, references, kNow),
            (std::vector<Operation>{{"pending", Operated::wrong_state, RfiState::pending},
                                    {"submitting", Operated::wrong_state, RfiState::submitting},
                                    {"submitted", Operated::wrong_state, RfiState::submitted},
                                    {"erased", Operated::documents_erased, RfiState::failed},
                                    {"past", Operated::deadline_past, RfiState::failed},
                                    {"nobody", Operated::unknown_reference, std::nullopt}}));
  EXPECT_EQ(text("SELECT group_concat(state || ifnull(updated_at, '-')) FROM rfi"), before);
  EXPECT_EQ(tally(), tally_before);
}

TEST_F(Operations, CancelTakesPendingRowsAlone) {
  for (const auto* state : {"pending", "submitting", "submitted", "cancelled"}) {
    put(state, state);
  }
  const auto references = names({"pending", "submitting", "submitted", "cancelled", "nobody"});
  EXPECT_EQ(cancel(database_, references, kNow),
            (std::vector<Operation>{{"pending", Operated::done, RfiState::pending},
                                    {"submitting", Operated::wrong_state, RfiState::submitting},
                                    {"submitted", Operated::wrong_state, RfiState::submitted},
                                    {"cancelled", Operated::wrong_state, RfiState::cancelled},
                                    {"nobody", Operated::unknown_reference, std::nullopt}}));
  EXPECT_EQ(row("pending"), "cancelled|-|why|7|-|-|-|-") << "the daemon stamps finished_at";
  EXPECT_EQ(row("submitting"), "submitting|-|why|7|99|-|-|-");
}

TEST_F(Operations, ManyReferencesTakeSeveralTransactions) {
  std::vector<std::string> references;
  for (std::size_t i = 0; i < kRowsPerTransaction * 3 + 1; ++i) {
    references.push_back(fmt::format("r{}", i));
    hand_.insert(references.back(), 1);
  }
  EXPECT_EQ(cancel(database_, references, kNow).size(), references.size());
  EXPECT_EQ(text("SELECT count(*) FROM rfi WHERE state = 'cancelled'"),
            std::to_string(references.size()));
}

TEST_F(Operations, RetryOfASetMeetsEachOfItsRowsOnce) {
  constexpr int kRows = 700;
  const std::array failures{"invalid", "rejected", "expired", "exhausted"};
  hand_.must("BEGIN");
  for (int i = 0; i < kRows; ++i) {
    if (i % 3 == 0) {
      put(fmt::format("f{}", i), "failed", failures.at(static_cast<std::size_t>(i) % 4));
    } else {
      put(fmt::format("s{}", i), "submitted");
    }
  }
  hand_.must("COMMIT");
  const auto rejected = hand_.number("SELECT count(*) FROM rfi WHERE failure = 'rejected'");
  const auto failed = hand_.number("SELECT count(*) FROM rfi WHERE state = 'failed'");

  const auto retry_all = [this](std::optional<Failure> failure) {
    const RowFilter filter{.state = RfiState::failed, .failure = failure};
    std::int64_t met = 0;
    Selection selection(database_, filter);
    while (!selection.at_end()) {
      const auto page = selection.next();
      met += static_cast<std::int64_t>(
          change_rows(database_, Change::retry, page, filter, kNow).size());
    }
    return met;
  };
  EXPECT_EQ(retry_all(Failure::rejected), rejected);
  EXPECT_EQ(text("SELECT count(*) FROM rfi WHERE failure = 'rejected'"), "0");
  EXPECT_EQ(hand_.number("SELECT count(*) FROM rfi WHERE state = 'failed'"), failed - rejected);
  EXPECT_EQ(retry_all(std::nullopt), failed - rejected);
  EXPECT_EQ(text("SELECT sum(count) FROM tally WHERE state = 'failed'"), "0");
  EXPECT_EQ(text("SELECT sum(count) FROM tally WHERE state = 'submitted'"),
            text("SELECT count(*) FROM rfi WHERE state = 'submitted'"));
}

TEST_F(Operations, ASetIsReadAgainUnderTheLock) {
  put("a", "pending");
  put("b", "pending");
  put("c", "pending");
  const RowFilter filter{.state = RfiState::pending};
  Selection selection(database_, filter);
  const auto rows = selection.next();
  ASSERT_EQ(rows.size(), 3U);
  hand_.must("UPDATE rfi SET state = 'submitting', waiting_for = NULL WHERE reference = 'b'");
  const auto results = change_rows(database_, Change::cancel, rows, filter, kNow);
  EXPECT_EQ(results,
            (std::vector<Operation>{{"a", Operated::done, RfiState::pending},
                                    {"c", Operated::done, RfiState::pending}}));
  EXPECT_EQ(text("SELECT state FROM rfi WHERE reference = 'b'"), "submitting");
}

TEST_F(Operations, JudgeSaysWhatWouldBeDoneAndChangesNothing) {
  put("failed", "failed", "rejected");
  put("pending", "pending");
  Lookup lookup(database_);
  EXPECT_EQ(judge(Change::retry, *lookup.by_reference("failed"), kNow), Operated::done);
  EXPECT_EQ(judge(Change::retry, *lookup.by_reference("pending"), kNow), Operated::wrong_state);
  EXPECT_EQ(judge(Change::cancel, *lookup.by_reference("pending"), kNow), Operated::done);
  EXPECT_EQ(judge(Change::cancel, *lookup.by_reference("failed"), kNow), Operated::wrong_state);
  EXPECT_EQ(text("SELECT state FROM rfi WHERE reference = 'failed'"), "failed");
}

}  // namespace
}  // namespace rfi::queue::test
