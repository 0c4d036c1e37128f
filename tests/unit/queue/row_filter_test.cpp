// Which rows a filter means, and the walks that use it.
#include "rfi/queue/row_filter.hpp"

#include "unit/queue/queue_fixture.hpp"

#include "rfi/queue/age_profile.hpp"
#include "rfi/queue/listing.hpp"
#include "rfi/queue/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace rfi::queue::test {
namespace {

using policy::Failure;
using policy::RfiState;
using policy::utc_from_unix_ms;

RfiRow row() {
  RfiRow row;
  row.customer_id = "AAAAAAAA-0000-4000-8000-000000000001";
  row.state = "failed";
  row.failure = "rejected";
  row.created_at = utc_from_unix_ms(1000);
  row.deadline = utc_from_unix_ms(5000);
  return row;
}

TEST(RowFilter, MeansTheRowsForWhichAllHolds) {
  struct Case {
    const char* name;
    RowFilter filter;
    bool matches;
  };
  const std::vector<Case> cases{
      {"nothing", {}, true},
      {"its state", {.state = RfiState::failed}, true},
      {"another state", {.state = RfiState::pending}, false},
      {"its failure", {.failure = Failure::rejected}, true},
      {"another failure", {.failure = Failure::expired}, false},
      {"its customer", {.customer_id = "aaaaaaaa-0000-4000-8000-000000000001"}, true},
      {"another customer", {.customer_id = "aaaaaaaa-0000-4000-8000-000000000002"}, false},
      {"older", {.queued_before = utc_from_unix_ms(1001)}, true},
      {"as old", {.queued_before = utc_from_unix_ms(1000)}, false},
      {"younger", {.queued_after = utc_from_unix_ms(999)}, true},
      {"as young", {.queued_after = utc_from_unix_ms(1000)}, false},
      {"deadline", {.deadline_before = utc_from_unix_ms(5001)}, true},
      {"later deadline", {.deadline_before = utc_from_unix_ms(5000)}, false},
      {"one of two", {.state = RfiState::failed, .deadline_before = utc_from_unix_ms(5000)}, false},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(matches(one.filter, row()), one.matches) << one.name;
  }
  RfiRow without = row();
  without.deadline.reset();
  without.failure.reset();
  EXPECT_FALSE(matches({.deadline_before = utc_from_unix_ms(5001)}, without));
  EXPECT_FALSE(matches({.failure = Failure::rejected}, without));
}

class Walks : public QueueTest {
 protected:
  Walks()
      : database_(std::get<Database>(open_queue(path(), OpenMode::read_only))),
        hand_(path(), TrustedSchema::on, Triggers::off) {}

  template <class Walk>
  std::vector<std::string> met(Walk walk) {
    std::vector<std::string> references;
    while (!walk.at_end()) {
      for (const auto& found : page(walk)) {
        references.push_back(found.reference);
      }
    }
    return references;
  }
  static std::vector<RfiRow> page(Listing& listing) { return listing.next(3); }
  static std::vector<RfiRow> page(Selection& selection) { return selection.next(); }

  Database database_;
  Producer hand_;
};

TEST_F(Walks, MeetEveryRowThatMatchesAndNoOther) {
  hand_.must("BEGIN");
  for (int i = 0; i < 600; ++i) {
    hand_.insert(fmt::format("r{}", i), i % 7);
  }
  hand_.must(
      "UPDATE rfi SET state = 'failed', failure = 'rejected', finished_at = 1 WHERE id % 5 = 0");
  hand_.must("UPDATE tally SET count = 120 WHERE failure = 'rejected'");
  hand_.must("COMMIT");
  const RowFilter filter{.state = RfiState::failed, .customer_id = customer(3)};
  const auto wanted = hand_.number(fmt::format(
      "SELECT count(*) FROM rfi WHERE state = 'failed' AND customer_id = '{}'", customer(3)));
  ASSERT_GT(wanted, 10);
  auto listed = met(Listing(database_, filter));
  const auto selected = met(Selection(database_, filter));
  EXPECT_EQ(static_cast<std::int64_t>(listed.size()), wanted);
  std::ranges::reverse(listed);
  EXPECT_EQ(listed, selected);
  EXPECT_EQ(
      met(Listing(database_, {.state = RfiState::pending, .customer_id = customer(3)})).size(),
      met(Selection(database_, {.state = RfiState::pending, .customer_id = customer(3)})).size());
}

TEST_F(Walks, ASelectionLeavesOutWhatIsQueuedWhileItWalks) {
  for (int i = 0; i < 300; ++i) {
    hand_.insert(fmt::format("r{}", i), i);
  }
  Selection selection(database_, {});
  std::size_t rows = selection.next().size();
  hand_.insert("later", 1);
  while (!selection.at_end()) {
    rows += selection.next().size();
  }
  EXPECT_EQ(rows, 300U);
}

TEST_F(Walks, AnAgeProfileCountsEachWaitingRowOnce) {
  const auto now = utc_from_unix_ms(1'700'000'000'000);
  const auto queue = [this, now](std::chrono::minutes age) {
    hand_.insert(fmt::format("age-{}", age.count()),
                 static_cast<int>(age.count()),
                 ", created_at",
                 fmt::format(", {}", policy::unix_ms(now - age)));
  };
  using std::chrono::minutes;
  for (const int age : {5000, 1281, 1279, 641, 30, 6, 4, 1, 0}) {
    queue(minutes{age});
  }
  hand_.must("UPDATE rfi SET waiting_for = 'time', next_attempt_at = 9 WHERE reference = 'age-30'");
  const AgeProfile profile = read_age_profile(database_, now);
  EXPECT_EQ(profile.in_line, (AgeProfile::Buckets{3, 1, 0, 0, 0, 0, 0, 0, 2, 2}));
  EXPECT_EQ(profile.waiting_for_time, (AgeProfile::Buckets{0, 0, 0, 1, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(profile.submitting, AgeProfile::Buckets{});
}

}  // namespace
}  // namespace rfi::queue::test
