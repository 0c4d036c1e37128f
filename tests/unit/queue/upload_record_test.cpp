// What the queue keeps of files that went up before their PATCH.
#include "unit/queue/store_fixture.hpp"

#include "rfi/queue/migrations.hpp"
#include "rfi/queue/schema.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <variant>

namespace rfi::queue::test {
namespace {

using policy::Outcome;

class UploadRecords : public StoreTest {
 protected:
  /// Every body waits for one file.
  Claim claim_with_file() {
    StoreOptions with_file = options();
    with_file.settings.prepare = [](const Candidate& candidate) {
      Prepared prepared;
      prepared.body = candidate.documents;
      prepared.files.push_back({1, "proof_of_address.files[0]", "p.pdf"});
      return std::variant<Prepared, Unsendable>{prepared};
    };
    store().reconfigure(with_file.settings);
    auto result = exchange(1);
    EXPECT_EQ(result.claims.size(), 1U);
    return result.claims.at(0);
  }

  UploadedFile uploaded(const Claim& claim, const std::string& uri) const {
    return {claim.attempt.rfi, "p.pdf", "hash of p", 200, uri, now_};
  }

  ExchangeResult record(std::vector<UploadedFile> uploads,
                        std::vector<Completion> completions = {},
                        std::vector<Closing> closings = {}) {
    Exchange request;
    request.uploads = std::move(uploads);
    request.completions = std::move(completions);
    request.closings = std::move(closings);
    request.now = now_;
    return store().exchange(request);
  }

  std::string attempt(const std::string& columns) {
    return producer_.text("SELECT " + columns + " FROM attempt");
  }
};

TEST_F(UploadRecords, AnAttemptHasNoBodyBeforeItsFilesAreUp) {
  producer_.insert("a", 1);
  const Claim claim = claim_with_file();
  EXPECT_TRUE(claim.uploaded.empty());
  EXPECT_EQ(attempt("coalesce(body_sha256, body_bytes, 'none')"), "none");
  (void)record({uploaded(claim, "/u_d1.pdf")}, {{claim.attempt, "hash", 77}});
  EXPECT_EQ(attempt("body_sha256 || ' ' || body_bytes"), "hash 77");
  EXPECT_EQ(
      producer_.text("SELECT rfi || path || sha256 || size || uri || uploaded_at FROM upload"),
      fmt::format("1p.pdfhash of p200/u_d1.pdf{}", policy::unix_ms(now_)));
}

TEST_F(UploadRecords, MadeTwiceTheyChangeNothing) {
  producer_.insert("a", 1);
  const Claim claim = claim_with_file();
  (void)record({uploaded(claim, "/u")}, {{claim.attempt, "hash", 77}});
  (void)record({uploaded(claim, "/u")}, {{claim.attempt, "hash", 77}});
  EXPECT_EQ(producer_.number("SELECT count(*) FROM upload"), 1);
  EXPECT_THROW((void)record({}, {{{claim.attempt.rfi, 9}, "hash", 77}}), std::logic_error);
}

TEST_F(UploadRecords, TheNextClaimKnowsThem) {
  producer_.insert("a", 1);
  const Claim first = claim_with_file();
  (void)record({uploaded(first, "/u")});
  (void)record({}, {}, {retry(first, Outcome::unavailable, 0ms)});
  const Claim second = claim_with_file();
  ASSERT_EQ(second.uploaded.size(), 1U);
  EXPECT_EQ(second.uploaded[0].path, "p.pdf");
  EXPECT_EQ(second.uploaded[0].sha256, "hash of p");
  EXPECT_EQ(second.uploaded[0].size, 200U);
  EXPECT_EQ(second.uploaded[0].uri, "/u");
}

TEST_F(UploadRecords, SurviveACrash) {
  producer_.insert("a", 1);
  const Claim claim = claim_with_file();
  (void)record({uploaded(claim, "/u")});
  restart();
  const auto recovered = store().recover(now_);
  ASSERT_EQ(recovered.size(), 1U);
  const Claim again = claim_with_file();
  EXPECT_EQ(again.uploaded.size(), 1U);
  EXPECT_EQ(again.attempts, 2);
}

TEST_F(UploadRecords, AnUploadThatFailedLeavesNoDoubtAboutThePatch) {
  producer_.insert("a", 1);
  const Claim first = claim_with_file();
  (void)record({}, {}, {retry(first, Outcome::unknown, 0ms)});
  const Claim second = claim_with_file();
  EXPECT_EQ(second.doubt, Doubt::none) << "no PATCH has left";
  (void)record({}, {{second.attempt, "hash", 77}}, {retry(second, Outcome::unknown, 0ms)});
  EXPECT_EQ(claim_with_file().doubt, Doubt::may_have_landed);
}

TEST_F(UploadRecords, ARepeatedAttemptKeepsItsBodyOrItsLackOfOne) {
  producer_.insert("a", 1);
  const Claim claim = claim_with_file();
  Closing unauthorized = retry(claim, Outcome::unauthorized, 0ms);
  unauthorized.next = policy::Resend{};
  const auto result = record({}, {}, {unauthorized});
  ASSERT_EQ(result.resends.size(), 1U);
  EXPECT_EQ(producer_.text("SELECT ifnull(body_sha256, 'none') FROM attempt WHERE number = 2"),
            "none");
  (void)record({}, {{result.resends[0], "hash", 77}});
  EXPECT_EQ(producer_.text("SELECT body_sha256 FROM attempt WHERE number = 2"), "hash");
}

TEST_F(UploadRecords, BelongToTheDaemonAlone) {
  const std::string insert =
      "INSERT INTO upload (rfi, path, sha256, size, uri, uploaded_at) VALUES (1, 'p', 's', 1, "
      "'/u', 1)";
  EXPECT_NE(producer_.run(insert).find("belongs to the daemon"), std::string::npos);
  Producer(path(), TrustedSchema::on, Triggers::off).must(insert);
  EXPECT_NE(producer_.run("UPDATE upload SET uri = '/v'").find("belongs to the daemon"),
            std::string::npos);
  EXPECT_NE(producer_.run("DELETE FROM upload").find("belongs to the daemon"), std::string::npos);
}

TEST(UploadMigration, TakesAQueueOfVersionOneWithItsRows) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "queue.db";
  create_database_file(path);
  {
    Producer old(path);
    old.must(std::string(migrations()[0]));
    old.must(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = 1", kApplicationId));
    old.insert("a", 1);
  }
  EXPECT_EQ(inspect_schema(path).state, SchemaState::outdated);
  const auto migrated = migrate(path);
  ASSERT_TRUE(std::holds_alternative<Migrated>(migrated));
  EXPECT_EQ(std::get<Migrated>(migrated).from, 1);
  EXPECT_EQ(std::get<Migrated>(migrated).to, newest_schema_version());
  EXPECT_EQ(Producer(path).text("SELECT reference || state FROM rfi"), "apending");
  EXPECT_EQ(schema_text(Database(path, OpenMode::read_only)), expected_schema_text());
}

}  // namespace
}  // namespace rfi::queue::test
