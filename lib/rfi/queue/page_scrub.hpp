// No old content in the unused bytes of a page. `secure_delete` zeroes what is deleted, but when
// SQLite moves rows from a full page to another one their old bytes stay in the gap of the first
// (seen in one row of a thousand), and a producer's library may not zero anything at all.
#pragma once

#include <cstdint>
#include <span>

namespace rfi::queue {

/// A page of a long value begins with the number of the next one. In a file with twice as many
/// pages (128 GiB of 4 KiB) that could begin with a byte that is taken for a kind.
inline constexpr std::int64_t kPagesThatCanBeTold = 0x01000000;

/// Zeroes what no cell of a b-tree page uses: the gap before the cells and the free blocks between
/// them. `offset` is the page's place in the file. Anything that is not beyond doubt such a page is
/// left as it is; returns whether it is one. A journal holds pages as they were before: retention
/// empties it.
bool scrub_page(std::span<unsigned char> page, std::int64_t offset);

}  // namespace rfi::queue
