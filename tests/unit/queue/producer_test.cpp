#include "rfi/queue/producer.hpp"

#include "unit/queue/queue_fixture.hpp"

#include "rfi/queue/schema.hpp"

#include <array>
#include <string>

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
    const auto fault = reference_fault(reference);
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
