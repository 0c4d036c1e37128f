#include "rfi/queue/producer.hpp"

#include "unit/queue/queue_fixture.hpp"

#include "rfi/policy/reference.hpp"
#include "rfi/queue/schema.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace rfi::queue::test {
namespace {

using Intaking = QueueTest;

Database open(const std::filesystem::path& path) {
  return std::get<Database>(open_queue(path, OpenMode::read_write));
}

NewRfi good() {
  NewRfi rfi;
  rfi.reference = "r-1";
  rfi.customer_id = customer(1);
  rfi.requested = "[\"proof_of_address\"]";
  rfi.documents = "{\"proof_of_address\":{\"number\":1.10}}";
  return rfi;
}

/// The sentence of the CHECK that refuses the row, or nothing when the table takes it.
std::string refusal_of_table(const Database& database, const NewRfi& rfi) {
  const Transaction rolled_back(database);
  try {
    Intake(database).insert(rfi);
    return "";
  } catch (const SqliteError& error) {
    return error.what();
  }
}

TEST_F(Intaking, StoresTheTextsByteForByte) {
  const auto database = open(path());
  auto rfi = good();
  rfi.documents = "{ \"a\" : 1.10,\n\t\"b\":100.0 }";
  rfi.priority = -3;
  rfi.not_before = policy::utc_from_unix_ms(1000);
  rfi.deadline = policy::utc_from_unix_ms(2000);
  ASSERT_EQ(Intake(database).insert(rfi), Intaken::queued);

  Producer other(path());
  EXPECT_EQ(other.text("SELECT documents FROM rfi"), rfi.documents);
  EXPECT_EQ(other.text("SELECT requested FROM rfi"), rfi.requested);
  EXPECT_EQ(other.text("SELECT state || priority || ' ' || not_before || ' ' || deadline FROM rfi"),
            "pending-3 1000 2000");
}

TEST_F(Intaking, LeavesAQueuedReferenceAlone) {
  const auto database = open(path());
  Intake intake(database);
  auto rfi = good();
  ASSERT_EQ(intake.insert(rfi), Intaken::queued);
  rfi.documents = "{\"other\":1}";
  EXPECT_EQ(intake.insert(rfi), Intaken::already_queued);
  Producer other(path());
  EXPECT_EQ(other.text("SELECT count(*) || documents FROM rfi"), "1" + good().documents);
}

TEST_F(Intaking, TellsOfManyWhichWereQueuedAlready) {
  constexpr std::size_t kRows = 150;
  const auto database = open(path());
  Intake intake(database);
  std::vector<NewRfi> rows(kRows, good());
  std::vector<std::size_t> old;
  for (std::size_t i = 0; i < kRows; ++i) {
    rows[i].reference = "many-" + std::to_string(i);
    if (i % 40 == 7) {
      ASSERT_EQ(intake.insert(rows[i]), Intaken::queued);
      old.push_back(i);
    }
  }
  // The same reference twice in one statement, in two, and once more of one that is old.
  for (const auto& [place, earlier] : {std::pair{20U, 19U}, {60U, 3U}, {90U, 7U}, {149U, 148U}}) {
    rows[place].reference = rows[earlier].reference;
    rows[place].documents = "{\"other\":1}";
    old.push_back(place);
  }
  std::ranges::sort(old);
  EXPECT_EQ(intake.insert_all(rows), old);
  Producer other(path());
  EXPECT_EQ(other.text("SELECT count(*) FROM rfi"), std::to_string(kRows - 4));
  EXPECT_EQ(other.text("SELECT count(*) FROM rfi WHERE documents = '{\"other\":1}'"), "0");

  std::vector<std::size_t> all(kRows);
  std::iota(all.begin(), all.end(), 0U);
  EXPECT_EQ(intake.insert_all(rows), all);
}

TEST_F(Intaking, KeepsTheOrderOfManyAndTheirTexts) {
  const auto database = open(path());
  std::vector<NewRfi> rows(70, good());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].reference = "r" + std::to_string(i);
    rows[i].priority = static_cast<std::int64_t>(i);
    rows[i].deadline = i % 2 == 0 ? std::nullopt : std::optional(policy::utc_from_unix_ms(9));
  }
  EXPECT_TRUE(Intake(database).insert_all(rows).empty());
  Producer other(path());
  EXPECT_EQ(other.text("SELECT count(*) FROM rfi WHERE reference = 'r' || (id - 1) AND "
                       "priority = id - 1 AND not_before IS NULL AND deadline IS "
                       "CASE (id - 1) % 2 WHEN 1 THEN 9 END"),
            "70");
}

TEST_F(Intaking, RefusesAmongManyWhatTheTableRefuses) {
  const auto database = open(path());
  std::vector<NewRfi> rows(40, good());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].reference = "r" + std::to_string(i);
  }
  rows[30].customer_id = "nobody";
  const Transaction rolled_back(database);
  Intake intake(database);
  try {
    (void)intake.insert_all(rows);
    FAIL() << "a customer_id that is no UUID went in";
  } catch (const SqliteError& error) {
    EXPECT_EQ(error.primary(), SQLITE_CONSTRAINT);
    EXPECT_NE(std::string(error.what()).find("customer_id must be a UUID"), std::string::npos);
  }
  rows[30].customer_id = customer(1);
  EXPECT_TRUE(intake.insert_all(rows).empty());  // nothing of the failed statement is bound or in
}

TEST_F(Intaking, JudgesAsTheTableDoes) {
  const auto database = open(path());
  const std::string c1 = "\xC2\x85";
  const std::array references{std::string("r"),
                              std::string(200, 'x'),
                              std::string(201, 'x'),
                              std::string(),
                              std::string("a\nb"),
                              std::string("a\0b", 3),
                              std::string("a\x7F"),
                              "a" + c1,
                              std::string("\xC3\xA4\xE2\x82\xAC")};
  for (const auto& reference : references) {
    SCOPED_TRACE(reference);
    auto rfi = good();
    rfi.reference = reference;
    const auto table = refusal_of_table(database, rfi);
    const auto fault = policy::reference_fault(reference);
    EXPECT_EQ(fault.has_value(), !table.empty()) << table;
    EXPECT_EQ(faults_of(rfi).size(), fault ? 1U : 0U);
    if (fault) {
      EXPECT_NE(table.find(*fault), std::string::npos) << table;
    }
  }
  const std::array customers{customer(1),
                             std::string("ABCDEF01-2345-6789-abcd-ef0123456789"),
                             std::string("ABCDEF0102345-6789-abcd-ef0123456789"),
                             std::string("ABCDEF01-2345-6789-abcd-ef012345678"),
                             std::string("gBCDEF01-2345-6789-abcd-ef0123456789"),
                             std::string()};
  for (const auto& id : customers) {
    SCOPED_TRACE(id);
    auto rfi = good();
    rfi.customer_id = id;
    const auto table = refusal_of_table(database, rfi);
    const auto fault = customer_id_fault(id);
    EXPECT_EQ(fault.has_value(), !table.empty()) << table;
    if (fault) {
      EXPECT_NE(table.find(*fault), std::string::npos) << table;
    }
  }
}

TEST_F(Intaking, NamesEveryFaultOfARow) {
  NewRfi bad;
  bad.customer_id = "x";
  bad.requested = "{}";
  bad.documents = "[]";
  EXPECT_EQ(faults_of(bad),
            (std::vector<std::string>{"reference must have 1 to 200 bytes",
                                      "customer_id must be a UUID: 8-4-4-4-12 hexadecimal digits",
                                      "requested must be a JSON array",
                                      "documents must be a JSON object"}));
  EXPECT_TRUE(faults_of(good()).empty());
}

}  // namespace
}  // namespace rfi::queue::test
