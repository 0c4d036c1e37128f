#include "rfi/queue/schema.hpp"

#include "unit/queue/queue_fixture.hpp"

#include "rfi/queue/migrations.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace rfi::queue::test {
namespace {

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777U;
}

using SchemaTest = QueueTest;

TEST(Migrate, CreatesAQueueWithModeOfItsGroupWhateverTheUmask) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "queue.db";
  EXPECT_EQ(inspect_schema(path).state, SchemaState::missing);
  EXPECT_TRUE(migration_needed(inspect_schema(path)));
  const auto before = ::umask(0077);
  const auto result = migrate(path);
  ::umask(before);
  ASSERT_TRUE(std::holds_alternative<Migrated>(result));
  EXPECT_EQ(std::get<Migrated>(result).from, 0);
  EXPECT_EQ(std::get<Migrated>(result).to, newest_schema_version());
  EXPECT_EQ(inspect_schema(path).state, SchemaState::current);
  EXPECT_FALSE(migration_needed(inspect_schema(path)));
  EXPECT_EQ(mode_of(path), 0660U);
  EXPECT_EQ(Producer(path).number("PRAGMA application_id"), kApplicationId);
  EXPECT_EQ(Producer(path).number("PRAGMA user_version"), newest_schema_version());
}

TEST(Migrate, GivesTheJournalTheModeOfTheQueue) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "queue.db";
  const auto before = ::umask(0077);
  (void)migrate(path);
  Producer producer(path);
  producer.must("PRAGMA journal_mode = PERSIST");
  producer.insert("a", 1);
  ::umask(before);
  EXPECT_EQ(mode_of(path.string() + "-journal"), 0660U);
}

TEST_F(SchemaTest, MigratingAgainChangesNothing) {
  const auto again = migrate(path());
  ASSERT_TRUE(std::holds_alternative<Migrated>(again));
  EXPECT_EQ(std::get<Migrated>(again).from, newest_schema_version());
}

TEST(Migrate, TurnsAnEmptyFileIntoAQueue) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "queue.db";
  create_database_file(path);
  EXPECT_EQ(inspect_schema(path).state, SchemaState::empty);
  EXPECT_TRUE(std::holds_alternative<Migrated>(migrate(path)));
}

TEST(Migrate, LeavesAForeignDatabaseAlone) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "queue.db";
  Producer(path).must("CREATE TABLE theirs (x)");
  const auto result = migrate(path);
  ASSERT_TRUE(std::holds_alternative<MigrationRefused>(result));
  EXPECT_NE(std::get<MigrationRefused>(result).reason.find("not a queue of rfi-submitd"),
            std::string::npos);
  EXPECT_EQ(Producer(path).text("SELECT group_concat(name) FROM sqlite_schema"), "theirs");
}

TEST(Migrate, LeavesAFileThatIsNoDatabaseAlone) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "queue.db";
  std::ofstream(path) << "This is a letter, and it is longer than a header of SQLite would be. "
                      << std::string(4096, 'x');
  EXPECT_EQ(inspect_schema(path).state, SchemaState::foreign);
  EXPECT_TRUE(std::holds_alternative<MigrationRefused>(migrate(path)));
}

TEST_F(SchemaTest, RefusesANewerQueue) {
  Producer(path()).must("PRAGMA user_version = 99");
  EXPECT_EQ(inspect_schema(path()), (SchemaReport{.state = SchemaState::newer, .version = 99}));
  EXPECT_TRUE(std::holds_alternative<MigrationRefused>(migrate(path())));
  const auto opened = open_queue(path(), OpenMode::read_write);
  ASSERT_TRUE(std::holds_alternative<std::string>(opened));
  EXPECT_NE(std::get<std::string>(opened).find("newer"), std::string::npos);
}

TEST_F(SchemaTest, SaysClearlyThatAFileMayNotBeWritten) {
  if (::geteuid() == 0) {
    // Root may write any file; an immutable directory entry cannot be made everywhere, so the mode
    // is asked for instead.
    const Database reader(path(), OpenMode::read_only);
    try {
      reader.execute("DELETE FROM rfi");
      FAIL() << "a read-only connection has written";
    } catch (const SqliteError& error) {
      EXPECT_EQ(error.primary(), SQLITE_READONLY);
      EXPECT_NE(std::string(error.what()).find("write permission"), std::string::npos);
    }
    return;
  }
  std::filesystem::permissions(path(), std::filesystem::perms::owner_read);
  EXPECT_THROW(Database(path(), OpenMode::read_write), SqliteError);
}

TEST_F(SchemaTest, IsTheTextThatWasCompiledIn) {
  EXPECT_EQ(schema_text(Database(path(), OpenMode::read_only)), expected_schema_text());
  Producer(path()).must("ANALYZE");
  EXPECT_EQ(schema_text(Database(path(), OpenMode::read_only)), expected_schema_text());
  Producer(path()).must("CREATE INDEX mine ON rfi (detail)");
  EXPECT_NE(schema_text(Database(path(), OpenMode::read_only)), expected_schema_text());
}

TEST_F(SchemaTest, EveryConnectionIsHardened) {
  const Database database(path(), OpenMode::read_write);
  EXPECT_EQ(database.integer_of("PRAGMA trusted_schema"), 0);
  EXPECT_EQ(database.integer_of("PRAGMA foreign_keys"), 1);
  EXPECT_EQ(database.integer_of("PRAGMA synchronous"), 2);
  EXPECT_EQ(database.integer_of("PRAGMA secure_delete"), 1);
  EXPECT_THROW(database.execute("SELECT \"no such column\""), SqliteError);
  EXPECT_THROW(database.execute("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema"),
               SqliteError);
  EXPECT_THROW(database.execute("SELECT load_extension('x')"), SqliteError);
}

}  // namespace
}  // namespace rfi::queue::test
