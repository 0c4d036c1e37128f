// purge and backup on a queue without a daemon.
#include "integration/commands_fixture.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace rfi::test {
namespace {

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

std::string first_value(const std::filesystem::path& file, const std::string& statement) {
  sqlite3* handle = nullptr;
  EXPECT_EQ(sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  std::string value;
  sqlite3_exec(
      handle,
      statement.c_str(),
      [](void* into, int, char** values, char**) {
        *static_cast<std::string*>(into) = values[0] != nullptr ? values[0] : "NULL";
        return 0;
      },
      &value,
      nullptr);
  sqlite3_close(handle);
  return value;
}

/// Five rows of three customers; the number of the document is the secret.
class Keeping : public QueueCommands {
 protected:
  Keeping() {
    std::string lines;
    for (const int customer : {1, 1, 2, 3, 1}) {
      lines += document("r" + std::to_string(++rows_), customer) + "\n";
    }
    must(0, {"enqueue", "-"}, lines);
    // Two finished long ago, one now, one cancelled by a producer, one pending.
    sql("UPDATE rfi SET state = 'submitted', finished_at = 5000 WHERE reference IN ('r1', 'r3');"
        "UPDATE rfi SET state = 'failed', failure = 'rejected', finished_at = 4102444800000 WHERE "
        "reference = 'r4';"
        "UPDATE rfi SET state = 'cancelled' WHERE reference = 'r2';"
        "UPDATE tally SET count = 2 WHERE state = 'submitted';"
        "UPDATE tally SET count = 1 WHERE failure = 'rejected';"
        "INSERT INTO attempt (rfi_id, number, started_at, finished_at, outcome, version, "
        "policy_sha256) SELECT id, 1, 4000, 5000, 'accepted', '1', 'p' FROM rfi;"
        "INSERT INTO upload VALUES (1, 'jane_doe.pdf', 'aa', 7, '/u', 5);");
  }

  void retain(const std::string& lines) const {
    std::ofstream{directory_ / "rfi.toml", std::ios::app} << "[retention]\n" << lines;
  }
  [[nodiscard]] std::string erased() const {
    return stored("SELECT group_concat(reference) FROM rfi WHERE documents = '{}'");
  }

  int rows_ = 0;
};

TEST_F(Keeping, PurgeAppliesWhatTheConfigurationSays) {
  const auto answer = must_json(0, {"purge"}).as_object();
  EXPECT_EQ(answer.at("erased"), 2);
  EXPECT_EQ(answer.at("deleted"), 0);
  EXPECT_EQ(answer.at("by"), "command");
  EXPECT_EQ(erased(), "r1,r3");
  EXPECT_EQ(stored("SELECT path || size FROM upload"), "sha256:aa7");
  EXPECT_EQ(must(0, {"purge"}).find("0 RFIs erased, 0 deleted"), 0U);
}

TEST_F(Keeping, PurgeDeletesRowsByAge) {
  retain("documents = \"never\"\nrows = \"1d\"\n");
  EXPECT_EQ(must_json(0, {"purge"}).as_object().at("deleted"), 2);
  EXPECT_EQ(stored("SELECT group_concat(reference) FROM rfi"), "r2,r4,r5");
  EXPECT_EQ(stored("SELECT count(*) FROM attempt"), "3");
  EXPECT_EQ(count("submitted"), 0);
  EXPECT_EQ(count("failed"), 1);
}

TEST_F(Keeping, PurgeErasesACustomerAndSaysWhatItHadToLeave) {
  const std::string customer = std::string(kCustomer) + "1";
  const auto answer = must_json(1, {"purge", "--customer", customer}).as_object();
  EXPECT_EQ(answer.at("erased"), 2);
  EXPECT_EQ(answer.at("pending"), (boost::json::array{"r5"}));
  EXPECT_NE(error_.find("cancel"), std::string::npos) << error_;
  EXPECT_EQ(erased(), "r1,r2");
  must(0, {"cancel", "r5"});
  EXPECT_EQ(must_json(0, {"purge", "--customer", customer}).as_object().at("erased"), 1);
  EXPECT_EQ(stored("SELECT group_concat(requested) FROM rfi WHERE documents = '{}'"), "[],[],[]");
  EXPECT_EQ(stored("SELECT count(*) FROM attempt"), "5");
  EXPECT_EQ(must_json(0, {"purge", "--customer", customer}).as_object().at("erased"), 0);
  must(64, {"purge", "--customer", "jane"});
}

TEST_F(Keeping, BackupIsWholeAndPrivateAndHoldsNothingErased) {
  const auto copy = directory_ / "copy.db";
  must(0, {"purge"});
  const auto answer = must_json(0, {"backup", copy.string()}).as_object();
  EXPECT_EQ(answer.at("rows"), 5);
  EXPECT_EQ(answer.at("of_one_moment"), true);
  struct stat status{};
  ASSERT_EQ(::stat(copy.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(first_value(copy, "PRAGMA integrity_check"), "ok");
  EXPECT_EQ(first_value(copy, "SELECT group_concat(reference || state) FROM rfi"),
            stored("SELECT group_concat(reference || state) FROM rfi"));
  EXPECT_EQ(bytes_of(copy).find("jane_doe"), std::string::npos);
  // And it is a queue.
  std::filesystem::copy_file(copy, queue(), std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(count("submitted"), 2);
}

TEST_F(Keeping, BackupTakesNobodysPlace) {
  const auto copy = directory_ / "copy.db";
  std::ofstream{copy} << "something else";
  must(73, {"backup", copy.string()});
  EXPECT_EQ(bytes_of(copy), "something else");
  must(0, {"backup", "--replace", copy.string()});
  EXPECT_EQ(first_value(copy, "SELECT count(*) FROM rfi"), "5");
  const std::string before = bytes_of(queue());
  must(64, {"backup", "--replace", queue().string()});
  must(64, {"backup", queue().string() + "-journal"});
  must(73, {"backup", (directory_ / "missing" / "copy.db").string()});
  EXPECT_EQ(bytes_of(queue()), before);
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    EXPECT_EQ(entry.path().string().find(".part"), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace rfi::test
