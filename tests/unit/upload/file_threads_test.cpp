#include "rfi/upload/file_threads.hpp"

#include "unit/upload/files.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace rfi::upload {
namespace {

namespace asio = boost::asio;
using test::pdf;
using test::UploadFiles;
using test::write_file;

struct Read {
  std::optional<Survey> survey;
  std::string bytes;
  std::string fault;
  bool at_home = true;
};

asio::awaitable<void> read_all(FileThreads& threads, Read& read, std::function<void()> between) {
  const auto home = std::this_thread::get_id();
  FileName name = UploadFiles::named("p.pdf");
  auto found = co_await threads.survey(name);
  read.at_home = std::this_thread::get_id() == home;
  if (const auto* fault = std::get_if<FileFault>(&found)) {
    read.fault = fault->reason;
    co_return;
  }
  read.survey = std::get<Survey>(found);
  between();
  const auto source = threads.source(name, *read.survey);
  std::array<char, 1000> buffer{};
  while (true) {
    const auto count = co_await source->read(buffer);
    read.at_home = read.at_home && std::this_thread::get_id() == home;
    if (!count) {
      read.fault = source->fault()->reason;
      co_return;
    }
    if (*count == 0) {
      co_return;
    }
    read.bytes.append(buffer.data(), *count);
  }
}

Read read_once(const UploadFiles& files, std::function<void()> between = [] {}) {
  asio::io_context io;
  FileThreads threads(io.get_executor(), files.settings);
  Read read;
  asio::co_spawn(io, read_all(threads, read, std::move(between)), [](const std::exception_ptr& e) {
    EXPECT_FALSE(e);
  });
  io.run_for(std::chrono::seconds{10});
  return read;
}

TEST(FileThreads, BringFilesHomeToTheIoThread) {
  const UploadFiles files;
  write_file(files.mine() / "p.pdf", pdf(12'345));
  const Read read = read_once(files);
  EXPECT_TRUE(read.at_home);
  EXPECT_EQ(read.fault, "");
  EXPECT_EQ(read.bytes, pdf(12'345));
}

TEST(FileThreads, SayWhyAFileBreaksOff) {
  const UploadFiles files;
  EXPECT_NE(read_once(files).fault.find("no such file"), std::string::npos);
  constexpr std::size_t kSize = KeptBytes::kLargestFile + 1;
  write_file(files.mine() / "p.pdf", pdf(kSize));
  const Read read = read_once(files, [&] { write_file(files.mine() / "p.pdf", pdf(kSize, 2)); });
  EXPECT_NE(read.fault.find("it changed"), std::string::npos) << read.fault;
  EXPECT_LT(read.bytes.size(), kSize);
}

TEST(FileThreads, SendASmallFileAsItWasHashedWhateverBecomesOfIt) {
  const UploadFiles files;
  write_file(files.mine() / "p.pdf", pdf(12'345));
  const Read read = read_once(files, [&] { std::filesystem::remove(files.mine() / "p.pdf"); });
  EXPECT_EQ(read.fault, "");
  EXPECT_EQ(read.bytes, pdf(12'345));
}

TEST(KeptBytes, AreNeverMoreThanAllowed) {
  const auto kept = std::make_shared<KeptBytes>();
  EXPECT_EQ(kept->keep(KeptBytes::kLargestFile + 1), nullptr);
  std::vector<std::shared_ptr<std::string>> held;
  while (auto text = kept->keep(KeptBytes::kLargestFile)) {
    held.push_back(std::move(text));
  }
  EXPECT_EQ(held.size(), KeptBytes::kMost / KeptBytes::kLargestFile);
  EXPECT_EQ(kept->keep(1), nullptr);
  held.pop_back();
  EXPECT_NE(kept->keep(1), nullptr);
}

TEST(FileThreads, RemoveOnlyWhatWasSent) {
  const UploadFiles files;
  const auto path = files.mine() / "p.pdf";
  write_file(path, pdf(500));
  const Survey sent = *read_once(files).survey;
  asio::io_context io;
  FileThreads threads(io.get_executor(), files.settings);
  std::optional<std::optional<FileFault>> done;
  const auto remove = [&] {
    done.reset();
    io.restart();
    threads.remove(
        UploadFiles::named("p.pdf"), sent.sha256, [&](const auto& fault) { done = fault; });
    const auto guard = asio::make_work_guard(io);
    while (!done && io.run_one_for(std::chrono::seconds{10}) > 0) {
    }
    return done.value_or(FileFault{}).has_value();
  };
  write_file(path, pdf(500, 2));
  EXPECT_TRUE(remove()) << "another file of the same size was removed";
  EXPECT_TRUE(std::filesystem::exists(path));
  write_file(path, pdf(500));
  EXPECT_FALSE(remove());
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace rfi::upload
