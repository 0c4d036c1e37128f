#include "rfi/queue/page_scrub.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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

}  // namespace
}  // namespace rfi::queue::test
