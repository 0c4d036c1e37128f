#include "rfi/queue/page_scrub.hpp"

#include "support/temporary_directory.hpp"

#include "rfi/queue/sqlite.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace rfi::queue::test {
namespace {

constexpr std::size_t kPage = 4096;
constexpr unsigned char kOld = 0xee;

using Page = std::vector<unsigned char>;

void put(Page& page, std::size_t at, std::size_t number) {
  page[at] = static_cast<unsigned char>(number >> 8U);
  page[at + 1] = static_cast<unsigned char>(number & 0xffU);
}

/// A page full of old bytes with two cells of 100 bytes, and a free block of 50 between them.
Page page_of(unsigned char kind, std::size_t header = 0) {
  Page page(kPage, kOld);
  const std::size_t pointers = header + (kind == 0x0d || kind == 0x0a ? 8 : 12);
  page[header] = kind;
  put(page, header + 1, 3946);
  put(page, header + 3, 2);
  put(page, header + 5, 3846);
  put(page, pointers, 3846);
  put(page, pointers + 2, 3996);
  put(page, 3946, 0);
  put(page, 3948, 50);
  return page;
}

std::ptrdiff_t old_bytes(const Page& page, std::size_t begin, std::size_t end) {
  return std::count(page.begin() + static_cast<std::ptrdiff_t>(begin),
                    page.begin() + static_cast<std::ptrdiff_t>(end),
                    kOld);
}

TEST(PageScrub, ZeroesTheGapAndFreeBlocksAndKeepsCells) {
  struct Case {
    unsigned char kind;
    std::size_t header;
    std::size_t gap;
    std::int64_t offset;
  };
  const Case cases[] = {{0x0d, 0, 12, 4 * kPage},
                        {0x0a, 0, 12, 4 * kPage},
                        {0x0d, 100, 112, 0},
                        {0x02, 0, 16, 4 * kPage},
                        {0x05, 0, 16, 4 * kPage}};
  for (const Case& each : cases) {
    SCOPED_TRACE(static_cast<int>(each.kind));
    Page page = page_of(each.kind, each.header);
    const Page before = page;
    EXPECT_TRUE(scrub_page(page, each.offset));
    EXPECT_EQ(old_bytes(page, each.gap, 3846), 0);
    EXPECT_EQ(old_bytes(page, 3950, 3996), 0);
    EXPECT_TRUE(std::equal(before.begin() + 3846, before.begin() + 3950, page.begin() + 3846));
    EXPECT_TRUE(std::equal(before.begin() + 3996, before.end(), page.begin() + 3996));
    EXPECT_TRUE(std::equal(
        before.begin(), before.begin() + static_cast<std::ptrdiff_t>(each.gap), page.begin()));
  }
}

TEST(PageScrub, LeavesWhatIsNoTreePageAlone) {
  const auto broken = [](auto change) {
    Page page = page_of(0x0d);
    change(page);
    return page;
  };
  const std::vector<Page> pages = {
      Page(kPage, 0),
      Page(kPage, kOld),
      Page(kPage, 0x0d),
      broken([](Page& page) { page[0] = 0; }),          // an overflow page
      broken([](Page& page) { put(page, 3, 2000); }),   // more cells than there is room for
      broken([](Page& page) { put(page, 5, 0); }),      // cells from 65536 on
      broken([](Page& page) { put(page, 5, 5000); }),   // cells behind the page
      broken([](Page& page) { put(page, 8, 20); }),     // a cell in the gap
      broken([](Page& page) { put(page, 8, kPage); }),  // a cell behind the page
  };
  for (const Page& page : pages) {
    Page scrubbed = page;
    EXPECT_FALSE(scrub_page(scrubbed, 4 * kPage));
    EXPECT_EQ(scrubbed, page);
  }
}

TEST(PageScrub, DoesNotTakeAPointerMapForAnInteriorPage) {
  // The second page and each 820th behind it.
  for (const std::int64_t number : {2, 822, 1642}) {
    Page page = page_of(0x05);
    const Page before = page;
    EXPECT_FALSE(scrub_page(page, (number - 1) * static_cast<std::int64_t>(kPage)));
    EXPECT_EQ(page, before);
    EXPECT_TRUE(scrub_page(page, number * static_cast<std::int64_t>(kPage)))
        << "the page behind it";
  }
}

TEST(PageScrub, StopsAtABrokenChainOfFreeBlocks) {
  for (const std::size_t next : {std::size_t{3946}, std::size_t{20}, std::size_t{4095}}) {
    Page page = page_of(0x0d);
    put(page, 3946, next);
    EXPECT_TRUE(scrub_page(page, 4 * kPage));
    EXPECT_EQ(old_bytes(page, 3996, kPage), 100);
  }
  Page page = page_of(0x0d);
  put(page, 3948, 4000);
  EXPECT_TRUE(scrub_page(page, 4 * kPage));
  EXPECT_EQ(old_bytes(page, 3996, kPage), 100);
}

/// What a random life of a table must have left in it, whatever was zeroed on the way.
class RandomLife {
 public:
  RandomLife(const std::filesystem::path& path, const char* journal, unsigned seed)
      : database_(created(path), OpenMode::read_write), dice_(seed) {
    database_.execute("PRAGMA auto_vacuum = INCREMENTAL");
    database_.execute(std::string("PRAGMA journal_mode = ") + journal);
    database_.execute("PRAGMA synchronous = OFF");
    database_.execute("PRAGMA cache_size = 20");  // pages go out and come in all the time
    database_.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, value TEXT)");
    database_.execute("CREATE INDEX by_length ON t (length(value), name) WHERE length(value) > 9");
  }

  void live(int transactions) {
    for (int i = 0; i < transactions; ++i) {
      Transaction transaction(database_);
      const auto before = expected_;
      for (int steps = below(20); steps >= 0; --steps) {
        step();
      }
      if (below(8) == 0) {
        expected_ = before;  // and the destructor rolls back
        continue;
      }
      transaction.commit();
      if (below(10) == 0) {
        database_.execute("PRAGMA incremental_vacuum(7)");
      }
    }
  }

  void expect_sound() {
    EXPECT_EQ(database_.text_of("PRAGMA integrity_check"), "ok");
    std::map<std::int64_t, std::string> found;
    Statement all(database_, "SELECT id, value FROM t");
    auto rows = all.query();
    while (rows.next()) {
      found[rows.integer(0)] = rows.text(1);
    }
    EXPECT_EQ(found, expected_);
  }

 private:
  static const std::filesystem::path& created(const std::filesystem::path& path) {
    std::ofstream{path}.close();
    return path;
  }
  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(dice_); }
  std::string value() {
    const int length = below(5) == 0 ? below(30'000) : below(300);
    return std::string(static_cast<std::size_t>(length), static_cast<char>('a' + below(26)));
  }
  void step() {
    const std::int64_t id = below(400);
    if (expected_.erase(id) > 0 && below(2) == 0) {
      Statement(database_, "DELETE FROM t WHERE id = ?1").run(id);
      return;
    }
    expected_[id] = value();
    Statement(database_, "INSERT OR REPLACE INTO t VALUES (?1, 'name ' || ?1, ?2)")
        .run(id, expected_[id]);
  }

  Database database_;
  std::mt19937 dice_;
  std::map<std::int64_t, std::string> expected_;
};

TEST(PageScrub, ChangesNothingThatATableHolds) {
  for (const char* journal : {"PERSIST", "TRUNCATE", "WAL"}) {
    for (unsigned seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE(std::string(journal) + " " + std::to_string(seed));
      const rfi::test::TemporaryDirectory directory;
      RandomLife life(directory / "life.db", journal, seed);
      life.live(150);
      life.expect_sound();
    }
  }
}

}  // namespace
}  // namespace rfi::queue::test
