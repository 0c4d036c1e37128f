// Fewer and longer writes. SQLite writes a page to its rollback journal in three pieces and to a
// WAL in two, and each write costs the kernel 2 to 4 µs, however short it is: half of what the
// store spent there. Here writes that follow each other reach the file as one.
#pragma once

namespace rfi::queue {

/// The name of a file system for sqlite3_open_v2(): SQLite's default one, through which
///  - writes to a rollback journal or a WAL wait in memory while each begins where the last one
///    ended (64 KiB at most), until anything else is asked of the file. They never outlive the lock
///    under which they were made;
///  - no page reaches a database with old content in its unused bytes: see page_scrub.hpp.
/// A write to a journal that fails is reported by a later call, so it is for connections that sync
/// each commit (`synchronous` FULL): the sync reports it before anybody relies on the bytes.
/// Thread-safe; registered at the first call, and anew when the default has changed. Throws
/// std::runtime_error when SQLite does not take it.
[[nodiscard]] const char* gathering_files();

}  // namespace rfi::queue
