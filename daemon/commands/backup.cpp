// `backup FILE`: a verified copy of the queue while everybody works on, here and not in the daemon:
// the copy is made of short reads, and its folder need not be one that the service may write to.
#include "commands/commands.hpp"
#include "commands/enqueue_progress.hpp"
#include "commands/queue_access.hpp"
#include "output/json_writer.hpp"

#include "rfi/platform/descriptor.hpp"
#include "rfi/queue/queue_copy.hpp"
#include "rfi/queue/retention.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>

namespace rfi::daemon {
namespace {

using Clock = std::chrono::steady_clock;

/// What the copy may be larger than the queue's used pages: its pages are filled anew.
constexpr std::int64_t kSpare = std::int64_t{16} * 1024 * 1024;
/// Locks of others are waited for, each for ten seconds.
constexpr int kLocksMet = 6;

[[noreturn]] void fail(ExitCode code, const std::string& what, int error) {
  throw CommandFailure(code, what + ": " + std::generic_category().message(error));
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  const auto folder = file.parent_path();
  return folder.empty() ? "." : folder;
}

/// The unfinished copy, under a name of its own beside the wanted one. Goes with this, unless it
/// got its name before.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(const std::filesystem::path& wanted)
      : path_(wanted.string() + fmt::format(".{}.part", ::getpid())) {
    ::unlink(path_.c_str());
    const platform::Descriptor file{::open(
        path_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)};
    if (!file.is_open() || ::fchmod(file.number(), S_IRUSR | S_IWUSR) != 0) {
      fail(ExitCode::cannot_create, "cannot create " + printable(path_.string()), errno);
    }
  }
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  UnfinishedFile(UnfinishedFile&&) = delete;
  UnfinishedFile& operator=(UnfinishedFile&&) = delete;
  ~UnfinishedFile() {
    if (!named_) {
      ::unlink(path_.c_str());
      ::unlink((path_.string() + "-journal").c_str());
    }
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Durable, and only then under its name.
  void name_it(const std::filesystem::path& wanted, Existing existing) {
    sync(path_, O_RDWR);
    const unsigned flags = existing == Existing::keep ? RENAME_NOREPLACE : 0U;
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, wanted.c_str(), flags) != 0) {
      fail(ExitCode::cannot_create, "cannot name the copy " + printable(wanted.string()), errno);
    }
    named_ = true;
    sync(folder_of(wanted), O_RDONLY | O_DIRECTORY);
  }

 private:
  static void sync(const std::filesystem::path& path, int flags) {
    const platform::Descriptor file{::open(path.c_str(), flags | O_CLOEXEC)};
    if (!file.is_open() || ::fsync(file.number()) != 0) {
      fail(ExitCode::io_error, "cannot write " + printable(path.string()) + " to the disk", errno);
    }
  }

  std::filesystem::path path_;
  bool named_ = false;
};

void check_target(const platform::Config& config, const BackupOptions& options) {
  std::error_code error;
  const auto target = std::filesystem::weakly_canonical(options.file, error).string();
  const auto queue = std::filesystem::weakly_canonical(config.queue.path, error).string();
  if (target.starts_with(queue)) {
    throw CommandFailure(ExitCode::usage,
                         "the copy would take the place of the queue or of a file that belongs to "
                         "it: give another name");
  }
  if (options.existing == Existing::keep && ::access(options.file.c_str(), F_OK) == 0) {
    throw CommandFailure(ExitCode::cannot_create,
                         fmt::format("{} exists and is left as it is; --replace replaces it",
                                     printable(options.file.string())));
  }
}

void check_room(const queue::Database& database, const std::filesystem::path& folder) {
  const auto space = queue::free_space(database);
  const std::int64_t needed = (space.pages - space.free_pages) * space.page_size + kSpare;
  struct statvfs found{};
  if (::statvfs(folder.c_str(), &found) != 0) {
    fail(ExitCode::cannot_create, "cannot use the folder " + printable(folder.string()), errno);
  }
  const auto free =
      static_cast<std::int64_t>(found.f_bavail) * static_cast<std::int64_t>(found.f_frsize);
  if (free < needed) {
    throw CommandFailure(
        ExitCode::io_error,
        fmt::format("the copy needs up to {} MiB and {} has {} MiB left: choose another folder",
                    needed / 1024 / 1024,
                    printable(folder.string()),
                    free / 1024 / 1024));
  }
}

void copy_all(queue::QueueCopy& copy) {
  TerminalProgress progress;
  int locks_met = 0;
  while (true) {
    try {
      const auto pause = copy.step();
      if (!pause) {
        return;
      }
      locks_met = 0;
      progress.show(static_cast<std::uint64_t>(copy.rows()));
      std::this_thread::sleep_for(*pause);
    } catch (const queue::SqliteError& error) {
      if (!error.is_lock() || ++locks_met == kLocksMet) {
        throw;
      }
    }
  }
}

struct Copied {
  std::int64_t rows = 0;
  bool of_one_moment = true;
};

/// The copy's connection is closed when this returns: only then may the file be opened otherwise.
Copied make_copy(const queue::Database& database, const std::filesystem::path& target) {
  queue::QueueCopy copy(database, target);
  copy_all(copy);
  if (const auto problem = copy.finish()) {
    throw CommandFailure(ExitCode::io_error, *problem + "; nothing was kept of it");
  }
  return {copy.rows(), copy.is_of_one_moment()};
}

void report(const BackupOptions& options, const Copied& copied, Clock::duration took) {
  const auto bytes = std::filesystem::file_size(options.file);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(took);
  if (options.output == Output::json) {
    JsonWriter json;
    json.begin_object().member("file", options.file.string()).member("rows", copied.rows);
    json.member("bytes", bytes).member("of_one_moment", copied.of_one_moment);
    json.member("duration_ms", milliseconds.count()).end_object();
    print(json.take() + '\n');
    return;
  }
  print(fmt::format("{}: {} RFIs, {} KiB, verified, in {}\n",
                    printable(options.file.string()),
                    copied.rows,
                    bytes / 1024,
                    duration_words(milliseconds)));
  if (!copied.of_one_moment) {
    print(
        "The queue was worked on all the time: each RFI is as it was at some moment of the last "
        "seconds, not all at the same one.\n");
  }
}

}  // namespace

ExitCode backup(const platform::Config& config, const BackupOptions& options) {
  const auto begun = Clock::now();
  check_target(config, options);
  const auto database = open_queue(config, queue::OpenMode::read_write);
  check_room(database, folder_of(options.file));
  UnfinishedFile file(options.file);
  const Copied copied = make_copy(database, file.path());
  file.name_it(options.file, options.existing);
  report(options, copied, Clock::now() - begun);
  return ExitCode::done;
}

}  // namespace rfi::daemon
