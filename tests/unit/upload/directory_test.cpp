#include "rfi/upload/directory.hpp"

#include "unit/upload/files.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <variant>

namespace rfi::upload {
namespace {

using test::pdf;
using test::UploadFiles;
using test::write_file;
namespace fs = std::filesystem;

/// Empty if it opens.
std::string refusal(const Settings& settings, const FileName& name) {
  const auto opened = open_file(settings, name);
  const auto* fault = std::get_if<FileFault>(&opened);
  return fault == nullptr ? "" : fault->reason;
}

std::string content(const OpenFile& file) {
  std::string bytes(file.size, '\0');
  const auto count = ::pread(file.descriptor.number(), bytes.data(), bytes.size(), 0);
  bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return bytes;
}

TEST(UploadDirectory, OpensFilesOfTheCustomerWhateverTheirNames) {
  const UploadFiles files;
  fs::create_directories(files.mine() / "2026" / "a b");
  for (const std::string name : {"p.pdf",
                                 "2026/a b/p.pdf",
                                 "new\nline.pdf",
                                 "quo\"te';--.pdf",
                                 "\xC3\xA9t\xC3\xA9.pdf",
                                 "..p.pdf",
                                 "p..pdf",
                                 "%2e%2e"}) {
    write_file(files.mine() / name, pdf(100));
    const auto opened = open_file(files.settings, UploadFiles::named(name));
    ASSERT_TRUE(std::holds_alternative<OpenFile>(opened)) << name;
    EXPECT_EQ(std::get<OpenFile>(opened).size, 100U);
  }
}

TEST(UploadDirectory, RefusesWhateverIsNoPlainFileBelowIt) {
  const UploadFiles files;
  const fs::path mine = files.mine();
  const fs::path outside = files.directory / "outside.pdf";
  write_file(outside, pdf(50));
  write_file(files.root() / "not-yours.pdf", pdf(50));
  write_file(mine / "p.pdf", pdf(50));
  write_file(mine / "empty.pdf", "");
  write_file(mine / "large.pdf", pdf(2000));
  write_file(mine / "linked.pdf", pdf(50));
  fs::create_hard_link(mine / "linked.pdf", mine / "second-name.pdf");
  fs::create_symlink(outside, mine / "link.pdf");
  fs::create_symlink("p.pdf", mine / "inner-link.pdf");
  fs::create_symlink("/proc/self/root", mine / "proc");
  fs::create_directory_symlink(files.directory.path(), mine / "way-out");
  fs::create_directory(mine / "folder");
  ASSERT_EQ(::mkfifo((mine / "fifo.pdf").c_str(), 0600), 0);
  const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (mine / "s").c_str(), sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);

  Settings settings = files.settings;
  settings.max_file_bytes = 1000;
  const struct {
    std::string path;
    std::string says;
  } cases[] = {
      {"", "empty"},
      {outside.string(), "absolute"},
      {"/etc/passwd", "absolute"},
      {"//etc/passwd", "absolute"},
      {"/proc/self/environ", "absolute"},
      {"..", "\"..\""},
      {"../not-yours.pdf", "\"..\""},
      {"folder/../p.pdf", "\"..\""},
      {"folder/..", "\"..\""},
      {std::string("p.pdf\0.png", 10), "NUL"},
      {std::string(5000, 'a'), "no path of a file"},
      {std::string(300, 'a'), "no path of a file"},
      {".", "not a regular file"},
      {"folder", "not a regular file"},
      {"folder/", "not a regular file"},
      {"fifo.pdf", "not a regular file"},
      {"s", "not a regular file"},
      {"p.pdf/", "no such file"},
      {"p.pdf/x", "no such file"},
      {"missing.pdf", "no such file"},
      {"link.pdf", "a link stands"},
      {"inner-link.pdf", "a link stands"},
      {"way-out/outside.pdf", "a link stands"},
      {"proc/etc/passwd", "a link stands"},
      {"linked.pdf", "more than one name"},
      {"empty.pdf", "it is empty"},
      {"large.pdf", "more than upload.max_file_bytes, 1000"},
  };
  for (const auto& [path, says] : cases) {
    SCOPED_TRACE(path);
    const auto opened = open_file(settings, UploadFiles::named(path));
    const auto* fault = std::get_if<FileFault>(&opened);
    ASSERT_NE(fault, nullptr);
    EXPECT_NE(fault->whose, FileFault::Whose::machine);
    EXPECT_NE(fault->reason.find(says), std::string::npos) << fault->reason;
    if (path.size() > 4) {
      EXPECT_EQ(fault->reason.find(path), std::string::npos) << "the name may be personal";
    }
  }
  ::close(server);
}

TEST(UploadDirectory, FollowsNoLinkInPlaceOfTheCustomersDirectory) {
  const UploadFiles files;
  const std::string other = "00000000-0000-4000-8000-000000000002";
  write_file(files.mine() / "p.pdf", pdf(50));
  fs::create_directory_symlink(files.mine(), files.root() / other);
  EXPECT_NE(refusal(files.settings, {other, "p.pdf"}).find("a link stands"), std::string::npos);
  EXPECT_NE(refusal(files.settings, {"00000000-0000-4000-8000-000000000003", "p.pdf"})
                .find("no directory of the customer"),
            std::string::npos);
  EXPECT_NE(refusal(files.settings, {"..", "outside"}), "");
}

TEST(UploadDirectory, KnowsTheCustomersDirectoryInLowerCaseToo) {
  const UploadFiles files;
  write_file(files.mine() / "p.pdf", pdf(50));
  EXPECT_EQ(refusal(files.settings, {"ED54DB74-7DBE-47D2-8EA0-C2BF2A9DDA06", "p.pdf"}), "");
}

TEST(UploadDirectory, MayBeOneForAllCustomers) {
  UploadFiles files;
  write_file(files.root() / "p.pdf", pdf(50));
  EXPECT_NE(refusal(files.settings, UploadFiles::named("p.pdf")), "");
  files.settings.per_customer = PerCustomer::no;
  EXPECT_EQ(refusal(files.settings, UploadFiles::named("p.pdf")), "");
  EXPECT_NE(refusal(files.settings, UploadFiles::named("../outside.pdf")), "");
}

TEST(UploadDirectory, ThatIsAwayIsTheMachinesFault) {
  UploadFiles files;
  files.settings.directory = files.directory / "not-mounted";
  const auto opened = open_file(files.settings, UploadFiles::named("p.pdf"));
  ASSERT_TRUE(std::holds_alternative<FileFault>(opened));
  EXPECT_EQ(std::get<FileFault>(opened).whose, FileFault::Whose::machine);
  EXPECT_NE(directory_fault(files.settings), std::nullopt);
  files.settings.directory = files.root();
  EXPECT_EQ(directory_fault(files.settings), std::nullopt);
}

/// A directory and a link to another place are exchanged for each other all the time.
TEST(UploadDirectory, LeadsNowhereElseWhileLinksAreSwappedInIt) {
  const UploadFiles files;
  const fs::path outside = files.directory / "outside";
  fs::create_directory(outside);
  write_file(outside / "p.pdf", pdf(80, 7));
  fs::create_directory(files.mine() / "real");
  write_file(files.mine() / "real" / "p.pdf", pdf(80, 3));
  fs::create_directory_symlink(outside, files.mine() / "false");
  std::atomic<bool> ended = false;
  std::thread swapper([&] {
    const std::string real = (files.mine() / "real").string();
    const std::string other = (files.mine() / "false").string();
    while (!ended) {
      (void)::renameat2(AT_FDCWD, real.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
    }
  });
  const char* seconds = std::getenv("RFI_LINK_SWAP_SECONDS");
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::milliseconds{seconds == nullptr ? 300 : 1000 * std::atoi(seconds)};
  int opened = 0;
  int refused = 0;
  // Both must have been met: on a busy machine the other thread may take its time.
  const auto limit = end + std::chrono::seconds{30};
  for (auto now = end - std::chrono::seconds{1};
       now < end || ((opened == 0 || refused == 0) && now < limit);
       now = std::chrono::steady_clock::now()) {
    const auto file = open_file(files.settings, UploadFiles::named("real/p.pdf"));
    if (const auto* open = std::get_if<OpenFile>(&file)) {
      ++opened;
      ASSERT_EQ(content(*open), pdf(80, 3)) << "a byte from outside the directory was read";
    } else {
      ++refused;
    }
  }
  ended = true;
  swapper.join();
  EXPECT_GT(opened, 0);
  EXPECT_GT(refused, 0);
}

TEST(UploadDirectory, RemovesTheFileThatWasSentAndNoOther) {
  const UploadFiles files;
  fs::create_directory(files.mine() / "in");
  write_file(files.mine() / "in" / "p.pdf", pdf(60));
  EXPECT_NE(remove_file(files.settings, UploadFiles::named("in/p.pdf"), 61), std::nullopt);
  EXPECT_TRUE(fs::exists(files.mine() / "in" / "p.pdf"));
  EXPECT_EQ(remove_file(files.settings, UploadFiles::named("in/p.pdf"), 60), std::nullopt);
  EXPECT_FALSE(fs::exists(files.mine() / "in" / "p.pdf"));
  EXPECT_NE(remove_file(files.settings, UploadFiles::named("in/p.pdf"), 60), std::nullopt);
}

}  // namespace
}  // namespace rfi::upload
