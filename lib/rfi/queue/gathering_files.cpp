#include "rfi/queue/gathering_files.hpp"

#include "rfi/queue/page_scrub.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <list>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace rfi::queue {
namespace {

constexpr std::size_t kMostGathered = 65'536;  // SQLite's largest page

/// What SQLite keeps as a file of ours, with the real file right behind it.
struct GatheringFile : sqlite3_file {
  enum class Kind { database, journal, other };

  Kind kind = Kind::other;
  GatheringFile* database = nullptr;         ///< of a journal
  std::array<GatheringFile*, 2> journals{};  ///< of a database: those that are open
  std::unique_ptr<std::array<unsigned char, kMostGathered>> bytes;  ///< from the first write on
  sqlite3_int64 begin = 0;                ///< where the gathered bytes belong
  std::size_t count = 0;                  ///< of gathered bytes
  std::optional<bool> pages_can_be_told;  ///< known while a lock is held

  /// The memory behind this object is the real file's, as `szOsFile` says.
  [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
static_assert(alignof(GatheringFile) <= 8, "SQLite aligns its files by 8");

GatheringFile& gathering(sqlite3_file* file) {
  return *static_cast<GatheringFile*>(file);
}

sqlite3_file* real(sqlite3_file* file) {
  return gathering(file).real();
}

/// Bytes that cannot be written are dropped, as SQLite never takes them for written: the call at
/// hand fails. Kept, they could overwrite what another process writes there later.
int flush(GatheringFile& file) {
  const std::size_t count = std::exchange(file.count, 0);
  if (count == 0) {
    return SQLITE_OK;
  }
  return file.real()->pMethods->xWrite(
      file.real(), file.bytes->data(), static_cast<int>(count), file.begin);
}

/// A database with its journals: a journal's bytes precede those of the database.
int flush_all(GatheringFile& database) {
  int result = SQLITE_OK;
  for (GatheringFile* journal : database.journals) {
    if (journal != nullptr) {
      const int flushed = flush(*journal);
      result = result == SQLITE_OK ? flushed : result;
    }
  }
  const int flushed = flush(database);
  return result == SQLITE_OK ? flushed : result;
}

/// Before a lock is given up: what is not on its way by then is nobody's any more.
int end_of_lock(GatheringFile& file) {
  file.pages_can_be_told.reset();
  return flush_all(file);
}

int first_failure(int first, int second) {
  return first != SQLITE_OK ? first : second;
}

bool pages_can_be_told(GatheringFile& file, std::size_t page_size) {
  if (!file.pages_can_be_told) {
    sqlite3_int64 size = 0;
    file.pages_can_be_told = file.real()->pMethods->xFileSize(file.real(), &size) == SQLITE_OK &&
                             size / static_cast<sqlite3_int64>(page_size) < kPagesThatCanBeTold;
  }
  return *file.pages_can_be_told;
}

/// SQLite's own copy of the page stays as it is.
void scrub_gathered(GatheringFile& file, std::span<unsigned char> page, sqlite3_int64 offset) {
  const std::size_t size = page.size();
  const bool whole_page =
      size >= 512 && (size & (size - 1)) == 0 && offset % static_cast<sqlite3_int64>(size) == 0;
  if (whole_page && pages_can_be_told(file, size)) {
    (void)scrub_page(page, offset);
  }
}

int close_file(sqlite3_file* file) {
  GatheringFile& closing = gathering(file);
  const int flushed = flush(closing);
  if (closing.database != nullptr) {
    std::ranges::replace(
        closing.database->journals, &closing, static_cast<GatheringFile*>(nullptr));
  }
  sqlite3_file* const real_file = closing.real();
  const int closed = real_file->pMethods->xClose(real_file);
  closing.~GatheringFile();
  return first_failure(flushed, closed);
}

int read_file(sqlite3_file* file, void* to, int count, sqlite3_int64 offset) {
  const int flushed = flush(gathering(file));
  return flushed != SQLITE_OK ? flushed
                              : real(file)->pMethods->xRead(real(file), to, count, offset);
}

int write_file(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  GatheringFile& written = gathering(file);
  const auto count = static_cast<std::size_t>(amount);
  if (written.kind == GatheringFile::Kind::other || count > kMostGathered) {
    const int flushed = flush(written);
    return flushed != SQLITE_OK ? flushed
                                : real(file)->pMethods->xWrite(real(file), from, amount, offset);
  }
  const bool follows = offset == written.begin + static_cast<sqlite3_int64>(written.count);
  if (!follows || written.count + count > kMostGathered) {
    if (const int flushed = flush(written); flushed != SQLITE_OK) {
      return flushed;
    }
    written.begin = offset;
  }
  if (!written.bytes) {
    written.bytes.reset(new (std::nothrow) std::array<unsigned char, kMostGathered>);
    if (!written.bytes) {
      return SQLITE_IOERR_NOMEM;
    }
  }
  const std::span<unsigned char> place(written.bytes->data() + written.count, count);
  std::copy_n(static_cast<const unsigned char*>(from), count, place.begin());
  written.count += count;
  if (written.kind == GatheringFile::Kind::database) {
    scrub_gathered(written, place, offset);
  }
  return SQLITE_OK;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  const int flushed = flush(gathering(file));
  return flushed != SQLITE_OK ? flushed : real(file)->pMethods->xTruncate(real(file), size);
}

int sync_file(sqlite3_file* file, int flags) {
  const int flushed = flush(gathering(file));
  return flushed != SQLITE_OK ? flushed : real(file)->pMethods->xSync(real(file), flags);
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  const int flushed = flush(gathering(file));
  return flushed != SQLITE_OK ? flushed : real(file)->pMethods->xFileSize(real(file), size);
}

int lock_file(sqlite3_file* file, int level) {
  return real(file)->pMethods->xLock(real(file), level);
}

int unlock_file(sqlite3_file* file, int level) {
  const int flushed = end_of_lock(gathering(file));
  return first_failure(flushed, real(file)->pMethods->xUnlock(real(file), level));
}

int is_reserved(sqlite3_file* file, int* answer) {
  return real(file)->pMethods->xCheckReservedLock(real(file), answer);
}

int control_file(sqlite3_file* file, int operation, void* argument) {
  const int flushed = flush(gathering(file));
  return flushed != SQLITE_OK ? flushed
                              : real(file)->pMethods->xFileControl(real(file), operation, argument);
}

int sector_size(sqlite3_file* file) {
  return real(file)->pMethods->xSectorSize(real(file));
}

int characteristics(sqlite3_file* file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** memory) {
  return real(file)->pMethods->xShmMap(real(file), region, size, extend, memory);
}

int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  const bool gives_up = (flags & SQLITE_SHM_UNLOCK) != 0;
  const int flushed = gives_up ? end_of_lock(gathering(file)) : SQLITE_OK;
  return first_failure(flushed, real(file)->pMethods->xShmLock(real(file), offset, count, flags));
}

/// Behind it others may see the commit: without a sync before it this is where its pages go out.
void share_barrier(sqlite3_file* file) {
  (void)flush_all(gathering(file));
  real(file)->pMethods->xShmBarrier(real(file));
}

int unmap_shared(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

/// Version 2: without memory maps, which would show a file without what was gathered for it.
constexpr sqlite3_io_methods kMethods = [] {
  sqlite3_io_methods methods{};
  methods.iVersion = 2;
  methods.xClose = close_file;
  methods.xRead = read_file;
  methods.xWrite = write_file;
  methods.xTruncate = truncate_file;
  methods.xSync = sync_file;
  methods.xFileSize = size_of_file;
  methods.xLock = lock_file;
  methods.xUnlock = unlock_file;
  methods.xCheckReservedLock = is_reserved;
  methods.xFileControl = control_file;
  methods.xSectorSize = sector_size;
  methods.xDeviceCharacteristics = characteristics;
  methods.xShmMap = map_shared;
  methods.xShmLock = lock_shared;
  methods.xShmBarrier = share_barrier;
  methods.xShmUnmap = unmap_shared;
  return methods;
}();

/// Only a journal that is written belongs to a database for certain: SQLite also looks into those
/// of others.
void introduce(GatheringFile& file, const char* name, int flags) {
  constexpr int kJournals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
    file.kind = GatheringFile::Kind::database;
    return;
  }
  if ((flags & kJournals) == 0 || (flags & SQLITE_OPEN_READWRITE) == 0) {
    return;
  }
  GatheringFile& database = gathering(sqlite3_database_file_object(name));
  const auto slot = std::ranges::find(database.journals, nullptr);
  if (slot != database.journals.end()) {
    *slot = &file;
    file.database = &database;
    file.kind = GatheringFile::Kind::journal;
  }
}

/// The real file system under a name of its own; only its files are others.
struct GatheringFiles : sqlite3_vfs {
  explicit GatheringFiles(sqlite3_vfs& real_files);

  sqlite3_vfs& real;
  std::string name;
};

int open_file(sqlite3_vfs* files, const char* name, sqlite3_file* memory, int flags, int* out) {
  auto* const file = new (memory) GatheringFile;
  file->pMethods = nullptr;
  file->real()->pMethods = nullptr;
  sqlite3_vfs& real_files = static_cast<GatheringFiles*>(files)->real;
  const int code = real_files.xOpen(&real_files, name, file->real(), flags, out);
  if (file->real()->pMethods != nullptr) {
    file->pMethods = &kMethods;  // also after a failure: SQLite closes it then
  } else {
    file->~GatheringFile();
  }
  if (code == SQLITE_OK) {
    introduce(*file, name, flags);
  }
  return code;
}

GatheringFiles::GatheringFiles(sqlite3_vfs& real_files)
    : sqlite3_vfs(real_files),
      real(real_files),
      name(std::string("gathering-") + real_files.zName) {
  pNext = nullptr;
  zName = name.c_str();
  szOsFile += static_cast<int>(sizeof(GatheringFile));
  xOpen = open_file;
}

}  // namespace

const char* gathering_files() {
  static std::mutex mutex;
  static std::list<GatheringFiles> made;  // SQLite keeps their addresses
  const std::scoped_lock lock(mutex);
  sqlite3_vfs* const real_files = sqlite3_vfs_find(nullptr);
  for (const GatheringFiles& files : made) {
    if (&files.real == real_files) {
      return files.zName;
    }
  }
  GatheringFiles& files = made.emplace_back(*real_files);
  sqlite3_vfs_register(&files, 0);
  return files.zName;
}

}  // namespace rfi::queue
