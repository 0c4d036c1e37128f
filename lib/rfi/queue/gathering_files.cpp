#include "rfi/queue/gathering_files.hpp"

#include "rfi/queue/page_scrub.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <list>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

namespace rfi::queue {
namespace {

constexpr std::size_t kMostGathered = 65'536;  // SQLite's largest page
static_assert(kMostGathered < 0x20000, "SQLite's files for Unix write no more at once");

/// What SQLite keeps as a file of ours, with the real file right behind it.
struct GatheringFile : sqlite3_file {
  enum class Kind { database, journal, other };

  Kind kind = Kind::other;
  GatheringFile* database = nullptr;         ///< of a journal
  std::array<GatheringFile*, 2> journals{};  ///< of a database: those that are open
  std::unique_ptr<std::array<unsigned char, kMostGathered>> bytes;  ///< from the first write on
  sqlite3_int64 begin = 0;                ///< where the gathered bytes belong
  std::size_t count = 0;                  ///< of gathered bytes
  int failure = SQLITE_OK;                ///< of gathered bytes that could not be written
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

/// A used-up quota is a full disk like any other. Said here, because by the time SQLite asks for
/// the reason of a write that was put off it has done something else.
int write_now(GatheringFile& file, const void* from, int count, sqlite3_int64 offset) {
  errno = 0;
  const int code = file.real()->pMethods->xWrite(file.real(), from, count, offset);
  const bool no_room = errno == ENOSPC || errno == EDQUOT;
  return (code & 0xff) == SQLITE_IOERR && no_room ? SQLITE_FULL : code;
}

/// After a failure each call fails until the lock is given up, as SQLite does not look at what all
/// of them return: the sync before the commit must hear of it. The bytes are dropped: kept, they
/// could overwrite what another process writes there later.
int flush(GatheringFile& file) {
  const std::size_t count = std::exchange(file.count, 0);
  if (count > 0 && file.failure == SQLITE_OK) {
    file.failure = write_now(file, file.bytes->data(), static_cast<int>(count), file.begin);
  }
  return file.failure;
}

/// What was gathered for the journals of a database goes out before others may write there.
void flush_journals(GatheringFile& database) {
  for (GatheringFile* journal : database.journals) {
    if (journal != nullptr) {
      (void)flush(*journal);
    }
  }
}

/// Before a lock is given up: what the sync of a commit has not met by then belongs to none.
void end_of_lock(GatheringFile& database) {
  database.pages_can_be_told.reset();
  flush_journals(database);
  for (GatheringFile* journal : database.journals) {
    if (journal != nullptr) {
      journal->failure = SQLITE_OK;
    }
  }
}

bool has_room_for_bytes(GatheringFile& file) {
  if (!file.bytes) {
    file.bytes.reset(new (std::nothrow) std::array<unsigned char, kMostGathered>);
  }
  return file.bytes != nullptr;
}

bool pages_can_be_told(GatheringFile& file, std::size_t page_size) {
  if (!file.pages_can_be_told) {
    sqlite3_int64 size = 0;
    file.pages_can_be_told = file.real()->pMethods->xFileSize(file.real(), &size) == SQLITE_OK &&
                             size / static_cast<sqlite3_int64>(page_size) < kPagesThatCanBeTold;
  }
  return *file.pages_can_be_told;
}

/// At once: after the writes of a checkpoint SQLite asks nothing of the database whose failure it
/// would look at. Its own copy of the page stays as it is.
int write_page(GatheringFile& file, const void* from, int count, sqlite3_int64 offset) {
  const auto size = static_cast<std::size_t>(count);
  const bool whole_page =
      size >= 512 && size <= kMostGathered && (size & (size - 1)) == 0 && offset % count == 0;
  if (!whole_page || !pages_can_be_told(file, size) || !has_room_for_bytes(file)) {
    return write_now(file, from, count, offset);
  }
  const std::span<unsigned char> page(file.bytes->data(), size);
  std::copy_n(static_cast<const unsigned char*>(from), size, page.begin());
  (void)scrub_page(page, offset);
  return write_now(file, page.data(), count, offset);
}

int gather(GatheringFile& file, const void* from, int amount, sqlite3_int64 offset) {
  const auto count = static_cast<std::size_t>(amount);
  const bool follows = offset == file.begin + static_cast<sqlite3_int64>(file.count);
  if (!follows || file.count + count > kMostGathered) {
    if (const int flushed = flush(file); flushed != SQLITE_OK) {
      return flushed;
    }
    file.begin = offset;
  }
  if (count > kMostGathered || !has_room_for_bytes(file)) {
    return write_now(file, from, amount, offset);
  }
  std::copy_n(static_cast<const unsigned char*>(from), count, file.bytes->data() + file.count);
  file.count += count;
  return SQLITE_OK;
}

int close_file(sqlite3_file* file) {
  GatheringFile& closing = gathering(file);
  (void)flush(closing);  // of a transaction that was given up: a commit has had its sync
  if (closing.database != nullptr) {
    std::ranges::replace(
        closing.database->journals, &closing, static_cast<GatheringFile*>(nullptr));
  }
  sqlite3_file* const real_file = closing.real();
  const int closed = real_file->pMethods->xClose(real_file);
  closing.~GatheringFile();
  return closed;
}

int read_file(sqlite3_file* file, void* to, int count, sqlite3_int64 offset) {
  const int flushed = flush(gathering(file));
  return flushed != SQLITE_OK ? flushed
                              : real(file)->pMethods->xRead(real(file), to, count, offset);
}

int write_file(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset) {
  switch (gathering(file).kind) {
    case GatheringFile::Kind::database:
      return write_page(gathering(file), from, count, offset);
    case GatheringFile::Kind::journal:
      return gather(gathering(file), from, count, offset);
    case GatheringFile::Kind::other:
      break;
  }
  return real(file)->pMethods->xWrite(real(file), from, count, offset);
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
  end_of_lock(gathering(file));
  return real(file)->pMethods->xUnlock(real(file), level);
}

int is_reserved(sqlite3_file* file, int* answer) {
  return real(file)->pMethods->xCheckReservedLock(real(file), answer);
}

int control_file(sqlite3_file* file, int operation, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
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
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    end_of_lock(gathering(file));
  }
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

/// Behind it others may see the commit: without a sync before it this is where its pages go out.
void share_barrier(sqlite3_file* file) {
  flush_journals(gathering(file));
  real(file)->pMethods->xShmBarrier(real(file));
}

int unmap_shared(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

/// Version 2: without memory maps, which would show a file without what was gathered for it.
constexpr sqlite3_io_methods methods_of(int version) {
  sqlite3_io_methods methods{};
  methods.iVersion = version;
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
}
constexpr sqlite3_io_methods kMethods = methods_of(2);
constexpr sqlite3_io_methods kMethodsWithoutWal = methods_of(1);

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
  // Where a write may harm its neighbours, SQLite writes to a WAL once more after the last sync.
  if ((characteristics(&database) & SQLITE_IOCAP_POWERSAFE_OVERWRITE) == 0) {
    return;
  }
  for (GatheringFile*& slot : database.journals) {
    if (slot == nullptr) {
      slot = &file;
      file.database = &database;
      file.kind = GatheringFile::Kind::journal;
      return;
    }
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
  file->real()->pMethods = nullptr;
  sqlite3_vfs& real_files = static_cast<GatheringFiles*>(files)->real;
  const int code = real_files.xOpen(&real_files, name, file->real(), flags, out);
  if (file->real()->pMethods != nullptr) {
    // Also after a failure: SQLite closes it then.
    file->pMethods = file->real()->pMethods->iVersion >= 2 ? &kMethods : &kMethodsWithoutWal;
  } else {
    file->~GatheringFile();
    memory->pMethods = nullptr;  // where SQLite looks whether there is anything to be closed
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
  // For good: SQLite keeps their addresses, and uses them until the process has ended.
  static auto& made = *new std::list<GatheringFiles>;
  const std::scoped_lock lock(mutex);
  sqlite3_vfs* const real_files = sqlite3_vfs_find(nullptr);
  for (const GatheringFiles& files : made) {
    if (&files.real == real_files) {
      return files.zName;
    }
  }
  if (real_files == nullptr ||
      sqlite3_vfs_register(&made.emplace_back(*real_files), 0) != SQLITE_OK) {
    throw std::runtime_error("SQLite has no file system, or takes none of ours");
  }
  return made.back().zName;
}

}  // namespace rfi::queue
