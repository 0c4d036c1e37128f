// Fills a queue, and times commits on it.
//
// Usage: scale_bench fill QUEUE FINISHED PENDING RETRYING
//        scale_bench rounds QUEUE rollback|wal COUNT; prints one JSON object.
#include "rounds.hpp"

#include <fmt/format.h>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::bench {
namespace {

double processor_ms() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& time) {
    return 1e3 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_usec);
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

void time_rounds(const std::string& queue, queue::JournalMode journal, std::size_t count) {
  const auto opening = std::chrono::steady_clock::now();
  Rounds rounds(queue, journal);
  (void)rounds.run();  // the first one opens and prepares
  const std::chrono::duration<double, std::milli> first =
      std::chrono::steady_clock::now() - opening;
  std::vector<double> taken;
  const double processor_before = processor_ms();
  for (std::size_t round = 0; round < count; ++round) {
    const auto began = std::chrono::steady_clock::now();
    if (rounds.run() != Rounds::kRows) {
      throw std::runtime_error("the queue holds too few pending rows");
    }
    taken.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began)
            .count());
  }
  const double processor = (processor_ms() - processor_before) / static_cast<double>(count);
  rounds.finish();
  std::ranges::sort(taken);
  std::puts(fmt::format(
                R"({{"median_ms":{:.4f},"p99_ms":{:.4f},"processor_ms":{:.4f},"first_ms":{:.2f}}})",
                taken[count / 2],
                taken[count * 99 / 100],
                processor,
                first.count())
                .c_str());
}

void run(const std::vector<std::string>& words) {
  if (words.size() == 5 && words[0] == "fill") {
    return fill(words[1], std::stoul(words[2]), std::stoul(words[3]), std::stoul(words[4]));
  }
  if (words.size() == 4 && words[0] == "rounds") {
    return time_rounds(words[1],
                       words[2] == "wal" ? queue::JournalMode::wal : queue::JournalMode::rollback,
                       std::max(1UL, std::stoul(words[3])));
  }
  throw std::runtime_error(
      "usage: scale_bench fill QUEUE FINISHED PENDING RETRYING | rounds QUEUE rollback|wal COUNT");
}

}  // namespace
}  // namespace rfi::bench

int main(int argc, char** argv) {
  try {
    rfi::bench::run({argv + 1, argv + argc});
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "scale_bench: %s\n", error.what());
    return 1;
  }
}
