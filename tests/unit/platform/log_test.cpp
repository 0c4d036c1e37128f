#include "rfi/platform/log.hpp"

#include "support/temporary_directory.hpp"
#include "unit/platform/environment.hpp"

#include "rfi/platform/events.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rfi::platform {
namespace {

class StandingClock final : public Clock {
 public:
  [[nodiscard]] UtcTime utc_now() const override { return UtcTime{}; }
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override { return {}; }
};

struct Captured {
  StandingClock clock;
  std::vector<std::string> lines;
  Log log;
  explicit Captured(const LogOptions& options = {})
      : log(options, clock, [this](std::string_view line) { lines.emplace_back(line); }) {}
};

TEST(Log, WritesOneLineAnEvent) {
  Captured captured;
  captured.log.write(Level::info, event::kRfiSubmitted, {{"reference", "r\n1"}, {"attempt", 1}});
  captured.log.write(Level::info, event::kServiceReady);
  ASSERT_EQ(captured.lines.size(), 2U);
  EXPECT_EQ(
      captured.lines[0],
      R"({"ts":"1970-01-01T00:00:00.000Z","level":"info","event":"rfi.submitted","reference":"r\n1","attempt":1})");
  EXPECT_EQ(captured.lines[1],
            R"({"ts":"1970-01-01T00:00:00.000Z","level":"info","event":"service.ready"})");
}

TEST(Log, WritesGatheredFields) {
  Captured captured({.format = LogFormat::text});
  const std::vector<Field> fields = {{"pending", 1}, {"failed", 2}};
  captured.log.write_fields(Level::info, event::kQueueStats, fields);
  ASSERT_EQ(captured.lines.size(), 1U);
  EXPECT_EQ(captured.lines[0], "1970-01-01T00:00:00.000Z info queue.stats pending=1 failed=2");
}

TEST(Log, WritesFromItsLevelOnAndFollowsAChange) {
  constexpr std::array kLevels = {
      Level::trace, Level::debug, Level::info, Level::warning, Level::error, Level::critical};
  for (const Level threshold : {Level::trace,
                                Level::debug,
                                Level::info,
                                Level::warning,
                                Level::error,
                                Level::critical,
                                Level::off}) {
    Captured captured;
    captured.log.set_level(threshold);
    std::size_t expected = 0;
    for (const Level level : kLevels) {
      const bool written = level >= threshold;
      expected += written ? 1 : 0;
      EXPECT_EQ(captured.log.enabled(level), written);
      captured.log.write(level, event::kServiceReady);
    }
    EXPECT_EQ(captured.lines.size(), expected);
    EXPECT_FALSE(captured.log.enabled(Level::off));
  }
}

TEST(Log, FollowsAChangeOfFormat) {
  Captured captured;
  captured.log.set_format(LogFormat::text);
  captured.log.write(Level::info, event::kServiceReady);
  EXPECT_EQ(captured.lines.at(0), "1970-01-01T00:00:00.000Z info service.ready");
}

TEST(Log, PutsThePriorityFirstWhenAsked) {
  Captured captured({.format = LogFormat::text, .priority = LogPriority::always});
  captured.log.write(Level::warning, event::kRfiFailed);
  EXPECT_EQ(captured.lines.at(0), "<4>1970-01-01T00:00:00.000Z warning rfi.failed");
}

TEST(Log, KeepsLinesOfTwoThreadsApart) {
  Captured captured({.format = LogFormat::text});
  const auto write_many = [&captured](std::string_view reference) {
    for (int i = 0; i < 500; ++i) {
      captured.log.write(Level::info, event::kRfiRetry, {{"reference", reference}});
    }
  };
  {
    const std::jthread first(write_many, "one");
    const std::jthread second(write_many, "two");
  }
  EXPECT_EQ(captured.lines.size(), 1000U);
  for (const std::string& line : captured.lines) {
    EXPECT_TRUE(line.ends_with(" reference=one") || line.ends_with(" reference=two")) << line;
  }
}

// The rest takes standard output away, so each runs in a process of its own.

[[noreturn]] void leave(int status) {
  std::_Exit(status);
}

void log_to_file(const std::string& path, bool journal) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  struct stat status{};
  if (file < 0 || ::dup2(file, STDOUT_FILENO) < 0 || ::fstat(file, &status) != 0) {
    leave(1);
  }
  const std::string stream =
      std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino + (journal ? 0 : 1));
  const test::EnvironmentVariable named("JOURNAL_STREAM", stream);
  {
    const StandingClock clock;
    const Log log({.format = LogFormat::text}, clock);
    log.write(Level::info, event::kServiceReady);
    if (::lseek(STDOUT_FILENO, 0, SEEK_CUR) != 0) {
      leave(2);  // an ordinary line waits for the batch
    }
    log.write(Level::error, event::kQueueBlocked);
    if (::lseek(STDOUT_FILENO, 0, SEEK_CUR) == 0) {
      leave(3);  // an error does not
    }
    log.write(Level::info, event::kServiceStopped);
  }
  leave(0);
}

TEST(LogOnStandardOutput, CarriesThePriorityIfAndOnlyIfTheJournalReads) {
  const test::TemporaryDirectory directory;
  for (const bool journal : {true, false}) {
    const std::string path = (directory / (journal ? "journal" : "plain")).string();
    EXPECT_EXIT(log_to_file(path, journal), testing::ExitedWithCode(0), "");
    const std::string first = journal ? "<6>" : "";
    const std::string second = journal ? "<3>" : "";
    std::string expected = first;
    expected.append("1970-01-01T00:00:00.000Z info service.ready\n").append(second);
    expected.append("1970-01-01T00:00:00.000Z error queue.blocked\n").append(first);
    expected.append("1970-01-01T00:00:00.000Z info service.stopped\n");
    EXPECT_EQ(test::read_file(path), expected);
  }
}

void log_to_nobody() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0 || ::dup2(ends[1], STDOUT_FILENO) < 0) {
    leave(1);
  }
  ::close(ends[0]);
  {
    const SystemClock clock;
    const Log log({}, clock);
    for (int i = 0; i < 1000; ++i) {
      log.write(Level::error, event::kQueueBlocked);
      log.flush();
    }
  }
  leave(0);
}

TEST(LogOnStandardOutput, SurvivesAReaderThatHasGone) {
  EXPECT_EXIT(log_to_nobody(), testing::ExitedWithCode(0), "");
}

void log_to_a_slow_reader(const std::string& path) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0 || ::dup2(ends[1], STDOUT_FILENO) < 0) {
    leave(1);
  }
  std::string received;
  const auto read_all = [&] {
    std::array<char, 4096> part{};
    ssize_t count = 0;
    while ((count = ::read(ends[0], part.data(), part.size())) > 0) {
      received.append(part.data(), static_cast<std::size_t>(count));
    }
  };
  {
    const StandingClock clock;
    const Log log({.format = LogFormat::text}, clock);
    const std::string large(10'000, 'x');
    for (int i = 0; i < 300; ++i) {
      log.write(Level::info, event::kQueueStats, {{"k", large}});
    }
    for (int i = 0; i < 200; ++i) {
      read_all();
      log.flush();
    }
  }
  read_all();
  test::write_file(path, received);
  leave(0);
}

TEST(LogOnStandardOutput, SaysHowManyLinesASlowReaderHasMissed) {
  const test::TemporaryDirectory directory;
  const std::string path = (directory / "received").string();
  EXPECT_EXIT(log_to_a_slow_reader(path), testing::ExitedWithCode(0), "");
  const std::string received = test::read_file(path);
  EXPECT_NE(received.find(" warning log.dropped lines="), std::string::npos);
}

}  // namespace
}  // namespace rfi::platform
