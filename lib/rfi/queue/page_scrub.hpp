// No old content in the unused bytes of a page. `secure_delete` zeroes what is deleted, but when
// SQLite moves rows from a full page to another one their old bytes stay in the gap of the first
// (seen in one row of a thousand), and a producer's library may not zero anything at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

struct sqlite3;

namespace rfi::queue {

/// From now on every page that this connection writes to the database file has its unused bytes
/// zeroed on the way. Its journal holds pages as they were before: retention empties it. Does
/// nothing for a database in memory. Call it once, right after the file was opened.
void scrub_written_pages(sqlite3* handle);

/// Zeroes what no cell of a b-tree page uses: the gap before the cells and the free blocks between
/// them. `offset` is the page's place in the file. Anything that is not beyond doubt such a page is
/// left as it is; returns whether it is one.
bool scrub_page(std::span<unsigned char> page, std::int64_t offset);

}  // namespace rfi::queue
