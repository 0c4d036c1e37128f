#include "rfi/platform/line_output.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <string>

namespace rfi::platform {
namespace {

using namespace std::chrono_literals;

class Pipe {
 public:
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
      reader_ = ends[0];
      writer_ = ends[1];
      ::fcntl(reader_, F_SETFL, O_NONBLOCK);
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  Pipe(Pipe&&) = delete;
  Pipe& operator=(Pipe&&) = delete;
  ~Pipe() {
    close_reader();
    ::close(writer_);
  }

  [[nodiscard]] int writer() const { return writer_; }

  void close_reader() {
    if (reader_ >= 0) {
      ::close(reader_);
      reader_ = -1;
    }
  }

  [[nodiscard]] std::string read_all() const {
    std::string all;
    std::array<char, 4096> part{};
    ssize_t count = 0;
    while ((count = ::read(reader_, part.data(), part.size())) > 0) {
      all.append(part.data(), static_cast<std::size_t>(count));
    }
    return all;
  }

 private:
  int reader_ = -1;
  int writer_ = -1;
};

TEST(LineOutput, WritesWhatHasGatheredAtTheFlush) {
  const Pipe pipe;
  LineOutput output(pipe.writer());
  output.append("one");
  output.append("two");
  EXPECT_EQ(pipe.read_all(), "");
  output.flush(0ms);
  EXPECT_EQ(pipe.read_all(), "one\ntwo\n");
  EXPECT_EQ(output.take_dropped(), 0U);
}

TEST(LineOutput, DropsAndCountsWholeLinesWhenNobodyReads) {
  const Pipe pipe;
  LineOutput output(pipe.writer());
  const std::string line(999, 'x');
  constexpr std::uint64_t kLines = 3000;
  for (std::uint64_t i = 0; i < kLines; ++i) {
    output.append(line);
    output.flush(0ms);
  }
  EXPECT_EQ(output.take_dropped(), 0U) << "there is no room to report it yet";

  std::string received;
  for (int i = 0; i < 100; ++i) {
    received += pipe.read_all();
    output.flush(0ms);
  }
  const std::uint64_t dropped = output.take_dropped();
  EXPECT_GT(dropped, 0U);
  EXPECT_EQ(received.size() % 1000, 0U) << "only whole lines";
  EXPECT_EQ(received.size() / 1000 + dropped, kLines) << "every line is received or counted";
  EXPECT_EQ(output.take_dropped(), 0U);
}

TEST(LineOutput, SurvivesAClosedReader) {
  ::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c)
  Pipe pipe;
  pipe.close_reader();
  LineOutput output(pipe.writer());
  for (int i = 0; i < 1000; ++i) {
    output.append("nobody reads this");
    output.flush(0ms);
  }
  EXPECT_EQ(output.take_dropped(), 0U) << "a report would be lost as well";
}

TEST(LineOutput, SurvivesAClosedDescriptor) {
  LineOutput output(-1);
  output.append("nowhere to go");
  output.flush(0ms);
  EXPECT_EQ(output.take_dropped(), 0U);
}

TEST(LineOutput, WaitsNoLongerThanItsPatience) {
  const Pipe pipe;
  LineOutput output(pipe.writer());
  for (int i = 0; i < 200; ++i) {
    output.append(std::string(999, 'x'));
  }
  const auto before = std::chrono::steady_clock::now();
  output.flush(20ms);
  const auto waited = std::chrono::steady_clock::now() - before;
  EXPECT_GE(waited, 20ms);
  EXPECT_LT(waited, 2s);
}

}  // namespace
}  // namespace rfi::platform
