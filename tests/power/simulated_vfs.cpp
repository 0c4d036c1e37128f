#include "power/simulated_vfs.hpp"

#include "power/simulated_sharing.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace rfi::power {
namespace {

struct Shared {
  FileLocks locks;
  SharedMemory memory;
};

struct Surroundings {
  Disk* disk = nullptr;
  FailsAs failure = FailsAs::io_error;
  std::map<const File*, std::weak_ptr<Shared>> shared;
};

Surroundings& around() {
  static Surroundings surroundings;
  return surroundings;
}

int code_of(Call call) {
  if (around().failure == FailsAs::full && (call == Call::write || call == Call::share)) {
    return SQLITE_FULL;
  }
  switch (call) {
    case Call::open:
      return SQLITE_CANTOPEN;
    case Call::read:
      return SQLITE_IOERR_READ;
    case Call::write:
      return SQLITE_IOERR_WRITE;
    case Call::truncate:
      return SQLITE_IOERR_TRUNCATE;
    case Call::sync:
      return SQLITE_IOERR_FSYNC;
    case Call::size:
      return SQLITE_IOERR_FSTAT;
    case Call::remove:
      return SQLITE_IOERR_DELETE;
    case Call::exists:
      return SQLITE_IOERR_ACCESS;
    case Call::lock:
      return SQLITE_IOERR_LOCK;
    case Call::share:
      return SQLITE_IOERR_SHMMAP;
  }
  return SQLITE_IOERR;
}

/// Does `work` unless the disk's verdict is against it.
template <class Work>
int call(Call kind, Work work) {
  switch (around().disk->ask(kind)) {
    case Fate::go_on:
      return work();
    case Fate::last:
      (void)work();
      break;
    case Fate::fail:
      break;
  }
  return code_of(kind);
}

/// The state behind one sqlite3_file.
struct Handle {
  std::shared_ptr<File> file;
  std::shared_ptr<Shared> shared;
  int level = SQLITE_LOCK_NONE;
  bool name_unsynced = false;  ///< a new journal: its first sync makes the name durable as well
  bool remove_at_close = false;
  std::string name;
};

struct OpenFile {
  sqlite3_file base;
  Handle* handle;
};

Handle& handle_of(sqlite3_file* file) {
  return *reinterpret_cast<OpenFile*>(file)->handle;
}

int close(sqlite3_file* file);

int read(sqlite3_file* file, void* to, int amount, sqlite3_int64 offset) {
  return call(Call::read, [&] {
    const Bytes& contents = handle_of(file).file->contents();
    const auto begin = std::min(static_cast<std::size_t>(offset), contents.size());
    const auto bytes = std::min(static_cast<std::size_t>(amount), contents.size() - begin);
    auto* target = static_cast<unsigned char*>(to);
    std::copy_n(contents.begin() + static_cast<std::ptrdiff_t>(begin), bytes, target);
    std::fill(target + bytes, target + amount, static_cast<unsigned char>(0));
    return bytes == static_cast<std::size_t>(amount) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
  });
}

int write(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  return call(Call::write, [&] {
    handle_of(file).file->write(
        static_cast<std::size_t>(offset),
        {static_cast<const unsigned char*>(from), static_cast<std::size_t>(amount)});
    return SQLITE_OK;
  });
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return call(Call::truncate, [&] {
    handle_of(file).file->truncate(static_cast<std::size_t>(size));
    return SQLITE_OK;
  });
}

int sync(sqlite3_file* file, int /*flags*/) {
  Handle& handle = handle_of(file);
  switch (around().disk->ask(Call::sync)) {
    case Fate::go_on:
      break;
    case Fate::fail:
    case Fate::last:
      // Nothing is certain: it may have got anywhere.
      return SQLITE_IOERR_FSYNC;
  }
  handle.file->sync();
  if (std::exchange(handle.name_unsynced, false)) {
    around().disk->sync_names();
  }
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return call(Call::size, [&] {
    *size = static_cast<sqlite3_int64>(handle_of(file).file->contents().size());
    return SQLITE_OK;
  });
}

int lock(sqlite3_file* file, int level) {
  return call(Call::lock, [&] {
    Handle& handle = handle_of(file);
    return handle.shared->locks.lock(&handle, level, handle.level);
  });
}

int unlock(sqlite3_file* file, int level) {
  Handle& handle = handle_of(file);
  handle.shared->locks.unlock(&handle, level, handle.level);
  return SQLITE_OK;
}

int is_reserved(sqlite3_file* file, int* answer) {
  return call(Call::lock, [&] {
    *answer = handle_of(file).shared->locks.is_reserved() ? 1 : 0;
    return SQLITE_OK;
  });
}

int control(sqlite3_file* /*file*/, int operation, void* argument) {
  if (operation == SQLITE_FCNTL_HAS_MOVED) {
    *static_cast<int*>(argument) = 0;
    return SQLITE_OK;
  }
  return SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file* /*file*/) {
  return 4096;
}

int characteristics(sqlite3_file* /*file*/) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;  // as SQLite takes it of every Unix
}

int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** memory) {
  return call(Call::share, [&] {
    *memory = handle_of(file).shared->memory.region(
        static_cast<std::size_t>(region), static_cast<std::size_t>(size), extend != 0);
    return SQLITE_OK;
  });
}

int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  const auto work = [&] {
    Handle& handle = handle_of(file);
    return handle.shared->memory.lock(
        &handle, static_cast<std::size_t>(offset), static_cast<std::size_t>(count), flags);
  };
  return (flags & SQLITE_SHM_UNLOCK) != 0 ? work() : call(Call::lock, work);
}

void barrier(sqlite3_file* /*file*/) {}

int unmap_shared(sqlite3_file* file, int remove) {
  if (remove != 0) {
    handle_of(file).shared->memory.forget();
  }
  return SQLITE_OK;
}

const sqlite3_io_methods& io_methods() {
  static const sqlite3_io_methods methods = [] {
    sqlite3_io_methods made{};
    made.iVersion = 2;
    made.xClose = close;
    made.xRead = read;
    made.xWrite = write;
    made.xTruncate = truncate;
    made.xSync = sync;
    made.xFileSize = file_size;
    made.xLock = lock;
    made.xUnlock = unlock;
    made.xCheckReservedLock = is_reserved;
    made.xFileControl = control;
    made.xSectorSize = sector_size;
    made.xDeviceCharacteristics = characteristics;
    made.xShmMap = map_shared;
    made.xShmLock = lock_shared;
    made.xShmBarrier = barrier;
    made.xShmUnmap = unmap_shared;
    return made;
  }();
  return methods;
}

std::shared_ptr<Shared> shared_of(const std::shared_ptr<File>& file) {
  auto& slot = around().shared[file.get()];
  auto shared = slot.lock();
  if (!shared) {
    shared = std::make_shared<Shared>();
    slot = shared;
  }
  return shared;
}

int open(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  return call(Call::open, [&] {
    Disk& disk = *around().disk;
    auto handle = std::make_unique<Handle>();
    handle->name = name != nullptr ? name : "";
    handle->file = name != nullptr ? disk.find(name) : std::make_shared<File>();
    if (!handle->file) {
      if ((flags & SQLITE_OPEN_CREATE) == 0) {
        return SQLITE_CANTOPEN;
      }
      handle->file = disk.create(name);
    }
    constexpr int kJournals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
    handle->name_unsynced = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & kJournals) != 0;
    handle->remove_at_close = name != nullptr && (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    handle->shared = shared_of(handle->file);
    reinterpret_cast<OpenFile*>(file)->handle = handle.release();
    file->pMethods = &io_methods();
    if (out_flags != nullptr) {
      *out_flags = flags;
    }
    return SQLITE_OK;
  });
}

int close(sqlite3_file* file) {
  const std::unique_ptr<Handle> handle(reinterpret_cast<OpenFile*>(file)->handle);
  (void)unlock(file, SQLITE_LOCK_NONE);
  handle->shared->memory.leave(handle.get());
  if (handle->remove_at_close) {
    around().disk->remove(handle->name);
  }
  if (handle->shared.use_count() == 1) {
    around().shared.erase(handle->file.get());
  }
  return SQLITE_OK;
}

int remove(sqlite3_vfs* /*vfs*/, const char* name, int sync_directory) {
  return call(Call::remove, [&] {
    Disk& disk = *around().disk;
    if (!disk.find(name)) {
      return SQLITE_IOERR_DELETE_NOENT;
    }
    disk.remove(name);
    if (sync_directory != 0 && !disk.is_off()) {
      disk.sync_names();
    }
    return SQLITE_OK;
  });
}

int exists(sqlite3_vfs* /*vfs*/, const char* name, int /*flags*/, int* answer) {
  return call(Call::exists, [&] {
    const auto file = around().disk->find(name);
    // As SQLite's own: an empty file counts as none.
    *answer = file && !file->contents().empty() ? 1 : 0;
    return SQLITE_OK;
  });
}

int full_name(sqlite3_vfs* /*vfs*/, const char* name, int size, char* to) {
  sqlite3_snprintf(size, to, "%s", name);
  return SQLITE_OK;
}

sqlite3_vfs& real_vfs() {
  static sqlite3_vfs* const real = sqlite3_vfs_find(nullptr);
  return *real;
}

int randomness(sqlite3_vfs* /*vfs*/, int size, char* to) {
  return real_vfs().xRandomness(&real_vfs(), size, to);
}

int sleep_not(sqlite3_vfs* /*vfs*/, int microseconds) {
  return microseconds;
}

int current_time(sqlite3_vfs* /*vfs*/, double* time) {
  return real_vfs().xCurrentTime(&real_vfs(), time);
}

int last_error(sqlite3_vfs* /*vfs*/, int /*size*/, char* /*to*/) {
  return 0;
}

}  // namespace

void use_disk(Disk& disk) {
  (void)real_vfs();
  around().disk = &disk;
  around().shared.clear();
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs made{};
    made.iVersion = 1;
    made.szOsFile = static_cast<int>(sizeof(OpenFile));
    made.mxPathname = 1024;
    made.zName = "simulated";
    made.xOpen = open;
    made.xDelete = remove;
    made.xAccess = exists;
    made.xFullPathname = full_name;
    made.xRandomness = randomness;
    made.xSleep = sleep_not;
    made.xCurrentTime = current_time;
    made.xGetLastError = last_error;
    return made;
  }();
  sqlite3_vfs_register(&vfs, 1);
}

void fail_as(FailsAs how) {
  around().failure = how;
}

}  // namespace rfi::power
