#include "rfi/upload/document_file.hpp"

#include "unit/upload/files.hpp"

#include "rfi/platform/sha256.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <variant>

namespace rfi::upload {
namespace {

using test::pdf;
using test::UploadFiles;
using test::write_file;
namespace fs = std::filesystem;

Survey surveyed(const UploadFiles& files, const std::string& name) {
  const auto found = survey_file(files.settings, UploadFiles::named(name));
  const auto* fault = std::get_if<FileFault>(&found);
  EXPECT_EQ(fault, nullptr) << (fault == nullptr ? "" : fault->reason);
  return fault == nullptr ? std::get<Survey>(found) : Survey{};
}

struct Sent {
  std::string bytes;
  std::string fault;
};

/// Reads to the end or to the fault; `after_first` runs when the first piece has been handed out.
Sent send(const UploadFiles& files,
          const std::string& name,
          const Survey& expected,
          const std::function<void()>& after_first = {}) {
  Sent sent;
  auto opened = DocumentReader::open(files.settings, UploadFiles::named(name), expected);
  if (const auto* fault = std::get_if<FileFault>(&opened)) {
    sent.fault = fault->reason;
    return sent;
  }
  auto& reader = std::get<DocumentReader>(opened);
  std::array<char, 4096> buffer{};
  bool first = true;
  while (true) {
    const auto count = reader.read(buffer);
    if (const auto* fault = std::get_if<FileFault>(&count)) {
      sent.fault = fault->reason;
      return sent;
    }
    if (std::get<std::size_t>(count) == 0) {
      return sent;
    }
    sent.bytes.append(buffer.data(), std::get<std::size_t>(count));
    if (std::exchange(first, false) && after_first) {
      after_first();
    }
  }
}

TEST(DocumentFile, IsSentAsItWasHashed) {
  const UploadFiles files;
  // Around the sizes of pieces.
  for (const std::size_t size : {9U, 4095U, 4096U, 4097U, 65'535U, 65'536U, 65'537U, 300'000U}) {
    write_file(files.mine() / "p.pdf", pdf(size));
    const Survey survey = surveyed(files, "p.pdf");
    EXPECT_EQ(survey.sha256, platform::sha256_hex(pdf(size)));
    EXPECT_EQ(survey.size, size);
    const Sent sent = send(files, "p.pdf", survey);
    EXPECT_EQ(sent.fault, "");
    EXPECT_EQ(sent.bytes, pdf(size));
  }
}

TEST(DocumentFile, ThatIsNoDocumentIsRefused) {
  const UploadFiles files;
  for (const std::string bytes : {"GIF89a.......", "x", "MZ\x90", "<html></html>"}) {
    write_file(files.mine() / "p.pdf", bytes);
    const auto found = survey_file(files.settings, UploadFiles::named("p.pdf"));
    ASSERT_TRUE(std::holds_alternative<FileFault>(found));
    EXPECT_NE(std::get<FileFault>(found).reason.find("neither PDF, JPEG nor PNG"),
              std::string::npos);
  }
}

TEST(DocumentFile, ThatChangesNeverGoesUpToItsEnd) {
  const UploadFiles files;
  const fs::path path = files.mine() / "p.pdf";
  constexpr std::size_t kSize = 40'000;
  const struct {
    const char* what;
    std::function<void()> change;
    bool between;  ///< before the second reading instead of during it
  } cases[] = {
      {"other bytes of the same size", [&] { write_file(path, pdf(kSize, 9)); }, true},
      {"shorter", [&] { write_file(path, pdf(kSize - 1)); }, true},
      {"longer", [&] { write_file(path, pdf(kSize + 1)); }, true},
      {"removed", [&] { fs::remove(path); }, true},
      {"one byte while it is sent",
       [&] {
         std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
         file.seekp(kSize - 1);
         file.put('!');
       },
       false},
      {"grows while it is sent",
       [&] { std::ofstream(path, std::ios::app | std::ios::binary) << "more"; },
       false},
      {"shrinks while it is sent", [&] { fs::resize_file(path, kSize / 2); }, false},
  };
  for (const auto& [what, change, between] : cases) {
    SCOPED_TRACE(what);
    write_file(path, pdf(kSize));
    // An mtime can be forged: it must not be what is looked at.
    const auto before = fs::last_write_time(path);
    const Survey survey = surveyed(files, "p.pdf");
    const auto change_unseen = [&] {
      change();
      if (fs::exists(path)) {
        fs::last_write_time(path, before);
      }
    };
    if (between) {
      change_unseen();
    }
    const Sent sent =
        send(files, "p.pdf", survey, between ? std::function<void()>{} : change_unseen);
    EXPECT_NE(sent.fault, "");
    EXPECT_LT(sent.bytes.size(), kSize) << "all of it was handed out";
  }
}

}  // namespace
}  // namespace rfi::upload
