// The two ways below a directory: they must agree on everything that can stand there.
#include "rfi/upload/below.hpp"

#include "unit/upload/files.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>

namespace rfi::upload {
namespace {

using platform::Descriptor;
using test::write_file;
namespace fs = std::filesystem;

constexpr int kFile = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
constexpr int kDirectory = O_PATH | O_DIRECTORY | O_CLOEXEC;

Descriptor directory_at(const fs::path& path) {
  return Descriptor{::open(path.c_str(), kDirectory)};
}

/// "opened INODE", or the name of the error.
std::string told(const Descriptor& opened) {
  if (!opened.is_open()) {
    return ::strerrorname_np(errno);
  }
  struct stat status{};
  EXPECT_EQ(::fstat(opened.number(), &status), 0);
  return "opened " + std::to_string(status.st_ino);
}

TEST(OpenBelow, InStepsFindsWhatTheKernelFindsAtOnce) {
  const test::UploadFiles files;
  const fs::path top = files.mine();
  fs::create_directories(top / "in" / "deep");
  fs::create_directory(top / "locked");
  write_file(top / "p.pdf", "p");
  write_file(top / "in" / "deep" / "p.pdf", "q");
  write_file(top / "..p", "r");
  write_file(files.root() / "other.pdf", "s");
  fs::create_symlink("p.pdf", top / "link");
  fs::create_symlink("in", top / "linked");
  fs::create_symlink("nowhere", top / "broken");
  fs::create_symlink("/etc/passwd", top / "absolute");
  ASSERT_EQ(::mkfifo((top / "fifo").c_str(), 0600), 0);
  const Descriptor directory = directory_at(top);
  for (const std::string path : {"p.pdf",
                                 "in/deep/p.pdf",
                                 "./in//deep/./p.pdf",
                                 "..p",
                                 ".",
                                 "./",
                                 "in",
                                 "in/",
                                 "in/.",
                                 "p.pdf/",
                                 "p.pdf/.",
                                 "p.pdf/x",
                                 "link",
                                 "link/",
                                 "linked/deep/p.pdf",
                                 "linked",
                                 "linked/",
                                 "broken",
                                 "absolute",
                                 "/etc/passwd",
                                 "/",
                                 "missing",
                                 "missing/x",
                                 "",
                                 "../other.pdf",
                                 "fifo",
                                 "fifo/",
                                 "in/deep/",
                                 "in/missing"}) {
    for (const int flags : {kFile, kDirectory, O_RDONLY | O_DIRECTORY | O_CLOEXEC}) {
      const std::string at_once = told(open_below_at_once(directory, path, flags));
      if (at_once == "ENOSYS") {
        GTEST_SKIP() << "this kernel, or a filter, has no openat2";
      }
      EXPECT_EQ(told(open_below_in_steps(directory, path, flags)), at_once)
          << "\"" << path << "\" with " << flags;
    }
  }
}

TEST(OpenBelow, InStepsTakesNoWayUpAtAll) {
  const test::UploadFiles files;
  fs::create_directory(files.mine() / "in");
  write_file(files.mine() / "p.pdf", "p");
  const Descriptor directory = directory_at(files.mine());
  for (const auto* path : {"..", "in/..", "in/../p.pdf", "../", "in/../../x"}) {
    EXPECT_EQ(told(open_below_in_steps(directory, path, kFile)), "EXDEV") << path;
  }
  EXPECT_EQ(told(open_below_in_steps(directory, std::string(5'000, 'a'), kFile)), "ENAMETOOLONG");
}

TEST(OpenBelow, InStepsEntersNoOtherMountAndNothingOfProc) {
  const Descriptor root = directory_at("/");
  EXPECT_EQ(told(open_below_in_steps(root, "proc/version", kFile)), "EXDEV");
  EXPECT_EQ(told(open_below_in_steps(root, "proc", kDirectory)), "EXDEV");
  const Descriptor own = directory_at("/proc/self");
  EXPECT_EQ(told(open_below_in_steps(own, "root/etc/passwd", kFile)), "ELOOP");
  EXPECT_EQ(told(open_below_in_steps(own, "exe", kFile)), "ELOOP");
}

/// A directory and a link to another place are exchanged for each other all the time, and so are a
/// file and a link.
TEST(OpenBelow, InStepsLeadsNowhereElseWhileLinksAreSwapped) {
  const test::UploadFiles files;
  const fs::path outside = files.directory / "outside";
  fs::create_directory(outside);
  write_file(outside / "p.pdf", "outside");
  fs::create_directory(files.mine() / "a");
  write_file(files.mine() / "a" / "p.pdf", "inside!");
  fs::create_directory_symlink(outside, files.mine() / "b");
  write_file(files.mine() / "c", "inside!");
  fs::create_symlink(outside / "p.pdf", files.mine() / "d");
  std::atomic<bool> ended = false;
  std::thread swapper([&] {
    const Descriptor directory = directory_at(files.mine());
    const int at = directory.number();
    while (!ended) {
      (void)::renameat2(at, "a", at, "b", RENAME_EXCHANGE);
      (void)::renameat2(at, "c", at, "d", RENAME_EXCHANGE);
    }
  });
  const Descriptor directory = directory_at(files.mine());
  int opened = 0;
  int refused = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{300};
  const auto limit = end + std::chrono::seconds{30};
  for (auto now = end; now < limit && (now <= end || opened == 0 || refused == 0);
       now = std::chrono::steady_clock::now()) {
    for (const auto* path : {"a/p.pdf", "c"}) {
      const Descriptor file = open_below_in_steps(directory, path, kFile);
      std::string bytes(7, '\0');
      if (!file.is_open()) {
        ++refused;
      } else if (::pread(file.number(), bytes.data(), bytes.size(), 0) == 7) {
        ++opened;
        EXPECT_EQ(bytes, "inside!") << "a byte from outside the directory was read";
      }
    }
  }
  ended = true;
  swapper.join();
  EXPECT_GT(opened, 0);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace rfi::upload
