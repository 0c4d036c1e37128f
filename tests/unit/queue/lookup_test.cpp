#include "unit/queue/queue_fixture.hpp"

#include "rfi/queue/listing.hpp"
#include "rfi/queue/schema.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace rfi::queue::test {
namespace {

using policy::RfiState;

class Lookups : public QueueTest {
 protected:
  Lookups()
      : database_(std::get<Database>(open_queue(path(), OpenMode::read_only))),
        hand_(path(), TrustedSchema::on, Triggers::off) {}

  std::vector<std::string> listed(std::optional<RfiState> state, std::size_t page) {
    std::vector<std::string> references;
    Listing listing(database_, {.state = state});
    while (!listing.at_end()) {
      for (const auto& row : listing.next(page)) {
        references.push_back(row.reference);
      }
    }
    return references;
  }

  Database database_;
  Producer hand_;
};

TEST_F(Lookups, FindARowWithAllItsColumns) {
  const auto id = hand_.insert("a", 7, ", not_before, deadline, priority", ", 10, 20, 3");
  hand_.must(
      "UPDATE rfi SET state = 'failed', failure = 'rejected', detail = 'why', attempts = 2, "
      "finished_at = 30, retried_at = 25, erased_at = 40");
  Lookup lookup(database_);
  EXPECT_FALSE(lookup.by_reference("b"));
  const auto row = lookup.by_reference("a");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->id, RfiId{id});
  EXPECT_EQ(row->customer_id, customer(7));
  EXPECT_EQ(row->state, "failed");
  EXPECT_EQ(row->failure, "rejected");
  EXPECT_EQ(row->detail, "why");
  EXPECT_EQ(row->attempts, 2);
  EXPECT_EQ(row->priority, 3);
  EXPECT_EQ(row->not_before, policy::utc_from_unix_ms(10));
  EXPECT_EQ(row->deadline, policy::utc_from_unix_ms(20));
  EXPECT_EQ(row->finished_at, policy::utc_from_unix_ms(30));
  EXPECT_EQ(row->retried_at, policy::utc_from_unix_ms(25));
  EXPECT_EQ(row->erased_at, policy::utc_from_unix_ms(40));
  EXPECT_EQ(row->next_attempt_at, std::nullopt);
  EXPECT_EQ(lookup.contents(row->id)->documents, "{\"reference\":\"a\"}");
}

TEST_F(Lookups, AttemptsComeInOrderAndInPages) {
  const auto id = hand_.insert("a", 1);
  for (const int number : {2, 1, 3}) {
    hand_.must(
        fmt::format("INSERT INTO attempt (rfi_id, number, started_at, version, "
                    "policy_sha256, fields) VALUES ({}, {}, {}, 'v', 'p', '[\"x\"]')",
                    id,
                    number,
                    number * 100));
  }
  hand_.must(
      "UPDATE attempt SET outcome = 'rejected', finished_at = 150, http_status = 422, "
      "duration_ms = 50, detail = 'no' WHERE number = 1");
  Lookup lookup(database_);
  const auto first = lookup.attempts(RfiId{id}, 0, 2);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].outcome, "rejected");
  EXPECT_EQ(first[0].http_status, 422);
  EXPECT_EQ(first[0].fields, "[\"x\"]");
  EXPECT_EQ(first[1].number, 2);
  EXPECT_EQ(first[1].finished_at, std::nullopt);
  const auto rest = lookup.attempts(RfiId{id}, 2, 2);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].started_at, policy::utc_from_unix_ms(300));
}

TEST_F(Lookups, TheOpenRowOfACustomerIsFoundInAnyCase) {
  hand_.insert("a", 1);
  hand_.must(
      "UPDATE rfi SET customer_id = 'ABCDEF01-2345-6789-ABCD-EF0123456789', "
      "state = 'submitting'");
  Lookup lookup(database_);
  const auto open = lookup.submitting_of("abcdef01-2345-6789-abcd-ef0123456789");
  ASSERT_TRUE(open);
  EXPECT_EQ(open->reference, "a");
  EXPECT_FALSE(lookup.submitting_of(customer(2)));
}

TEST_F(Lookups, ListingShowsTheNewestFirstInPagesOfAnySize) {
  std::vector<std::string> expected;
  hand_.must("BEGIN");
  for (int i = 0; i < 300; ++i) {
    hand_.insert(fmt::format("r{}", i), i);
    expected.insert(expected.begin(), fmt::format("r{}", i));
  }
  hand_.must("COMMIT");
  for (const std::size_t page : {1U, 7U, 256U, 1000U}) {
    EXPECT_EQ(listed(std::nullopt, page), expected) << page;
  }
}

TEST_F(Lookups, ListingByStateFindsEveryRowOfItAndNoOther) {
  for (const auto* state : {"pending", "submitting", "submitted", "failed", "cancelled"}) {
    for (int i = 0; i < 3; ++i) {
      hand_.insert(fmt::format("{}{}", state, i), i + 1);
    }
  }
  hand_.must("UPDATE rfi SET state = 'submitting' WHERE reference GLOB 'submitting*'");
  hand_.must("UPDATE rfi SET state = 'submitted' WHERE reference GLOB 'submitted*'");
  hand_.must("UPDATE rfi SET state = 'failed', failure = 'invalid' WHERE reference GLOB 'failed*'");
  hand_.must("UPDATE rfi SET state = 'cancelled' WHERE reference GLOB 'cancelled*'");
  hand_.must("UPDATE rfi SET finished_at = 5 WHERE reference = 'cancelled1'");
  hand_.must(
      "UPDATE rfi SET waiting_for = 'time', next_attempt_at = 5 WHERE reference = 'pending0'");
  hand_.must("UPDATE rfi SET waiting_for = 'customer' WHERE reference = 'pending1'");
  hand_.must("UPDATE tally SET count = 3 WHERE state = 'submitted' OR failure = 'invalid'");
  using Names = std::vector<std::string>;
  for (const std::size_t page : {1U, 100U}) {
    EXPECT_EQ(listed(RfiState::pending, page), (Names{"pending2", "pending0", "pending1"}));
    EXPECT_EQ(listed(RfiState::submitting, page),
              (Names{"submitting0", "submitting1", "submitting2"}));
    EXPECT_EQ(listed(RfiState::submitted, page), (Names{"submitted2", "submitted1", "submitted0"}));
    EXPECT_EQ(listed(RfiState::failed, page), (Names{"failed2", "failed1", "failed0"}));
    EXPECT_EQ(listed(RfiState::cancelled, page), (Names{"cancelled0", "cancelled2", "cancelled1"}));
  }
}

TEST_F(Lookups, AnEmptyQueueListsNothing) {
  EXPECT_TRUE(listed(std::nullopt, 10).empty());
  for (const auto state : {RfiState::pending, RfiState::submitted, RfiState::cancelled}) {
    EXPECT_TRUE(listed(state, 10).empty());
  }
}

}  // namespace
}  // namespace rfi::queue::test
