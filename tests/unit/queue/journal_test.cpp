#include "rfi/queue/journal.hpp"

#include "unit/queue/queue_fixture.hpp"

#include <gtest/gtest.h>

namespace rfi::queue::test {
namespace {

using JournalTest = QueueTest;

TEST(WalResetFix, IsKnownByVersion) {
  struct Case {
    int version;
    bool fixed;
  };
  for (const auto& [version, fixed] : {Case{3'040'001, false},
                                       Case{3'044'005, false},
                                       Case{3'044'006, true},
                                       Case{3'044'007, true},
                                       Case{3'045'000, false},
                                       Case{3'049'009, false},
                                       Case{3'050'006, false},
                                       Case{3'050'007, true},
                                       Case{3'051'000, false},
                                       Case{3'051'002, false},
                                       Case{3'051'003, true},
                                       Case{3'052'000, true},
                                       Case{4'000'000, true}}) {
    EXPECT_EQ(has_wal_reset_fix(version), fixed) << version;
  }
}

TEST(ChooseJournal, UsesAWalOnlyWhereItIsSafe) {
  using Chosen = std::variant<JournalMode, std::string>;
  const auto mode = [](const Chosen& chosen) { return std::get<JournalMode>(chosen); };
  constexpr int kAffected = 3'040'001;
  constexpr int kFixed = 3'051'003;
  using enum JournalChoice;
  EXPECT_EQ(mode(choose_journal(automatic, WalResetBug::refuse, kAffected)), JournalMode::rollback);
  EXPECT_EQ(mode(choose_journal(automatic, WalResetBug::accept, kAffected)), JournalMode::rollback);
  EXPECT_EQ(mode(choose_journal(automatic, WalResetBug::refuse, kFixed)), JournalMode::wal);
  EXPECT_EQ(mode(choose_journal(rollback, WalResetBug::refuse, kFixed)), JournalMode::rollback);
  EXPECT_EQ(mode(choose_journal(wal, WalResetBug::refuse, kFixed)), JournalMode::wal);
  EXPECT_EQ(mode(choose_journal(wal, WalResetBug::accept, kAffected)), JournalMode::wal);
  const auto refused = choose_journal(wal, WalResetBug::refuse, kAffected);
  ASSERT_TRUE(std::holds_alternative<std::string>(refused));
  EXPECT_NE(std::get<std::string>(refused).find("3.40.1"), std::string::npos);
}

TEST_F(JournalTest, IsVerifiedAfterItWasSet) {
  const Database database(path(), OpenMode::read_write);
  set_journal(database, JournalMode::rollback);
  EXPECT_EQ(database.text_of("PRAGMA journal_mode"), "persist");
  set_journal(database, JournalMode::wal);
  EXPECT_EQ(database.text_of("PRAGMA journal_mode"), "wal");
  set_journal(database, JournalMode::rollback);
  EXPECT_EQ(Producer(path()).text("PRAGMA journal_mode"), "delete");
}

TEST_F(JournalTest, IsNotAssumedWhenAnotherConnectionPreventsTheChange) {
  Producer other(path());
  other.must("PRAGMA journal_mode = WAL");
  other.must("BEGIN; SELECT count(*) FROM rfi");
  const Database database(path(), OpenMode::read_write, std::chrono::milliseconds{1});
  EXPECT_THROW(set_journal(database, JournalMode::rollback), SqliteError);
}

}  // namespace
}  // namespace rfi::queue::test
