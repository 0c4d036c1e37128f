#include "rfi/queue/page_scrub.hpp"

#include <algorithm>

namespace rfi::queue {
namespace {

constexpr std::size_t kLargestPage = 65'536;
constexpr std::size_t kFileHeader = 100;  // before the b-tree page on the first page of the file
constexpr std::size_t kFreeBlockHeader = 4;
constexpr std::uint64_t kLocksAt = 0x40000000;

/// The four kinds of b-tree pages, by their first byte.
enum class Kind : unsigned char {
  index_interior = 0x02,
  table_interior = 0x05,
  index_leaf = 0x0a,
  table_leaf = 0x0d
};

std::size_t number_at(std::span<const unsigned char> page, std::size_t at) {
  return static_cast<std::size_t>(page[at]) << 8U | page[at + 1];
}

/// Pages that tell where the others belong begin with a byte that could be taken for a kind. In a
/// file without them a page at such a place is just not scrubbed.
bool may_be_pointer_map(std::size_t page_size, std::int64_t offset) {
  const auto number = static_cast<std::uint64_t>(offset) / page_size + 1;
  if (number < 2) {
    return false;
  }
  const std::uint64_t distance = page_size / 5 + 1;
  const std::uint64_t locks = kLocksAt / page_size + 1;  // a page that holds nothing
  const std::uint64_t map = (number - 2) / distance * distance + 2;
  return number == (map == locks ? map + 1 : map);
}

struct Layout {
  std::size_t gap_begin = 0;
  std::size_t cells_begin = 0;
  std::size_t first_free_block = 0;
};

/// Absent unless header and cell pointers agree with each other.
bool read_layout(std::span<const unsigned char> page, std::int64_t offset, Layout& layout) {
  const std::size_t header = offset == 0 ? kFileHeader : 0;
  const auto kind = Kind{page[header]};
  const bool leaf = kind == Kind::index_leaf || kind == Kind::table_leaf;
  const bool interior = kind == Kind::index_interior || kind == Kind::table_interior;
  if ((!leaf && !interior) || (interior && may_be_pointer_map(page.size(), offset))) {
    return false;
  }
  const std::size_t cells = number_at(page, header + 3);
  const std::size_t begin = number_at(page, header + 5);
  layout.first_free_block = number_at(page, header + 1);
  layout.cells_begin = begin == 0 ? kLargestPage : begin;
  const std::size_t pointers = header + (leaf ? 8 : 12);
  layout.gap_begin = pointers + 2 * cells;
  if (layout.gap_begin > layout.cells_begin || layout.cells_begin > page.size()) {
    return false;
  }
  for (std::size_t at = pointers; at < layout.gap_begin; at += 2) {
    const std::size_t cell = number_at(page, at);
    if (cell < layout.cells_begin || cell >= page.size()) {
      return false;
    }
  }
  return true;
}

void zero(std::span<unsigned char> page, std::size_t begin, std::size_t end) {
  std::fill(page.begin() + static_cast<std::ptrdiff_t>(begin),
            page.begin() + static_cast<std::ptrdiff_t>(end),
            static_cast<unsigned char>(0));
}

/// Free blocks stand in the order of their places; a chain that does not is left alone.
void zero_free_blocks(std::span<unsigned char> page, const Layout& layout) {
  std::size_t block = layout.first_free_block;
  std::size_t behind = layout.cells_begin;
  while (block >= behind && block + kFreeBlockHeader <= page.size()) {
    const std::size_t end = block + number_at(page, block + 2);
    if (end < block + kFreeBlockHeader || end > page.size()) {
      return;
    }
    zero(page, block + kFreeBlockHeader, end);
    behind = end;
    block = number_at(page, block);
  }
}

}  // namespace

bool scrub_page(std::span<unsigned char> page, std::int64_t offset) {
  Layout layout;
  if (!read_layout(page, offset, layout)) {
    return false;
  }
  zero(page, layout.gap_begin, layout.cells_begin);
  zero_free_blocks(page, layout);
  return true;
}

}  // namespace rfi::queue
