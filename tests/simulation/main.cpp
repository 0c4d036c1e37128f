// rfi-simulation SEEDS [FIRST]: runs seeds on all processors and says which broke which promise.
// Exit 0 if none did. With --share=K/N the K-th of N parts of them, on one processor, and
// $RFI_SIMULATION_SEEDS instead of SEEDS if it is set: that is how the tests run it.
#include "simulation/plant.hpp"
#include "simulation/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using rfi::simulation::Plant;
using rfi::simulation::RunResult;
using rfi::simulation::TraceText;

struct Arguments {
  std::uint64_t seeds = 0;
  std::uint64_t first = 1;
  std::uint64_t part = 1;
  std::uint64_t parts = 0;  ///< 0: all of them, as asked for
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  Plant plant = Plant::none;
  TraceText text = TraceText::none;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

/// `K/N`, from 1. The number of seeds may come from outside.
bool read_share(std::string_view text, Arguments& arguments) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) {
    return false;
  }
  const auto part = number(text.substr(0, slash));
  const auto parts = number(text.substr(slash + 1));
  if (!part || !parts || *part == 0 || *part > *parts) {
    return false;
  }
  arguments.part = *part;
  arguments.parts = *parts;
  arguments.threads = 1;
  return true;
}

void take_share(Arguments& arguments) {
  const char* const asked = std::getenv("RFI_SIMULATION_SEEDS");  // NOLINT(concurrency-mt-unsafe)
  const auto seeds = asked != nullptr ? number(asked) : std::nullopt;
  const std::uint64_t all = seeds.value_or(arguments.seeds);
  const std::uint64_t before = all * (arguments.part - 1) / arguments.parts;
  arguments.seeds = all * arguments.part / arguments.parts - before;
  arguments.first += before;
}

bool read_option(std::string_view option, Arguments& arguments) {
  constexpr std::string_view kPlant = "--plant=";
  constexpr std::string_view kThreads = "--threads=";
  constexpr std::string_view kShare = "--share=";
  if (option == "--trace") {
    arguments.text = TraceText::printed;
    arguments.threads = 1;
    return true;
  }
  if (option.starts_with(kShare)) {
    return read_share(option.substr(kShare.size()), arguments);
  }
  if (option.starts_with(kPlant)) {
    const auto plant = rfi::simulation::plant_from(option.substr(kPlant.size()));
    arguments.plant = plant.value_or(Plant::none);
    return plant.has_value();
  }
  if (option.starts_with(kThreads)) {
    const auto threads = number(option.substr(kThreads.size()));
    arguments.threads = static_cast<unsigned>(threads.value_or(0));
    return threads && *threads > 0;
  }
  return false;
}

std::optional<Arguments> read_arguments(std::span<char*> words) {
  Arguments arguments;
  std::vector<std::uint64_t> numbers;
  for (const std::string_view word : words) {
    const auto value = number(word);
    if (value) {
      numbers.push_back(*value);
    } else if (!read_option(word, arguments)) {
      return std::nullopt;
    }
  }
  if (numbers.empty() || numbers.size() > 2) {
    return std::nullopt;
  }
  arguments.seeds = numbers.front();
  arguments.first = numbers.size() > 1 ? numbers.back() : 1;
  if (arguments.parts > 0) {
    take_share(arguments);
  }
  return arguments;
}

/// Seeds are handed out one by one; what they find is printed as it comes.
class Campaign {
 public:
  explicit Campaign(const Arguments& arguments) : arguments_(arguments) {}

  void work() {
    for (;;) {
      const std::uint64_t mine = next_++;
      if (mine >= arguments_.seeds) {
        return;
      }
      note(rfi::simulation::run_seed(arguments_.first + mine, arguments_.plant, arguments_.text));
    }
  }

  [[nodiscard]] std::uint64_t breaches() const { return breaches_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  void note(const RunResult& result) {
    const std::scoped_lock lock(mutex_);
    steps_ += result.steps;
    hash_ += result.trace_hash;  // in any order
    if (result.breach) {
      ++breaches_;
      fmt::print(
          "FAILED {}\n       replay: ./dev sim 1 {} --trace\n", result.breach->text, result.seed);
      static_cast<void>(std::fflush(stdout));
    }
  }

  Arguments arguments_;
  std::atomic<std::uint64_t> next_ = 0;
  std::mutex mutex_;
  std::uint64_t breaches_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t hash_ = 0;
};

int run(const Arguments& arguments) {
  const auto begin = std::chrono::steady_clock::now();
  Campaign campaign(arguments);
  {
    std::vector<std::jthread> threads;
    threads.reserve(arguments.threads);
    for (unsigned i = 0; i < arguments.threads; ++i) {
      threads.emplace_back([&campaign] { campaign.work(); });
    }
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  fmt::print("{} seeds from {}, {} failed; {} steps in {:.1f} s; trace {:016x}\n",
             arguments.seeds,
             arguments.first,
             campaign.breaches(),
             campaign.steps(),
             elapsed.count(),
             campaign.hash());
  return campaign.breaches() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto arguments =
        read_arguments(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
    if (!arguments) {
      fmt::print(stderr,
                 "usage: rfi-simulation SEEDS [FIRST] [--trace] [--threads=N] [--share=K/N] "
                 "[--plant=NAME]\n");
      return 64;
    }
    return run(*arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "rfi-simulation: {}\n", error.what());
    return 1;
  }
}
