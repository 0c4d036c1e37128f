// One scenario, once for every call that it makes of the file system, with that call failing: the
// store must go on as if nothing had been. RFI_SWEEP_STEP=1 fails every call (the default takes one
// in a few), RFI_SWEEP_SEEDS sets how many scenarios are swept.
#include "power/numbers.hpp"
#include "power/scenario.hpp"
#include "power/simulated_vfs.hpp"
#include "support/temporary_directory.hpp"

#include "rfi/queue/schema.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace rfi::power {
namespace {

constexpr int kSteps = 20;

struct Fault {
  std::uint64_t at = 0;
  std::uint64_t times = 1;
  FailsAs as = FailsAs::io_error;
};

Verdict verdict_of(const Fault& fault) {
  return [fault](Call call, std::uint64_t number) {
    const bool meant = number >= fault.at && number < fault.at + fault.times;
    const bool fails = fault.as == FailsAs::io_error || call == Call::write;
    return meant && fails ? Fate::fail : Fate::go_on;
  };
}

class IoFaultSweep : public ::testing::Test {
 protected:
  IoFaultSweep() : path_(directory_ / "queue.db"), template_(0) {
    test::write_file(path_, "");
    use_disk(template_);
    (void)template_.create(path_);
    (void)queue::migrate(path_);
  }

  /// Runs the scenario with one fault and returns what did not hold.
  Findings run(const Ways& ways, std::uint64_t seed, const Fault& fault, std::uint64_t& calls) {
    Disk disk(seed);
    disk.copy_durable_from(template_);
    use_disk(disk);
    fail_as(fault.as);
    Scenario scenario(disk, path_, ways, seed);
    disk.arm(verdict_of(fault));
    for (int step = 0; step < kSteps; ++step) {
      scenario.step();
    }
    calls = disk.calls();
    disk.disarm();
    Findings findings = scenario.compare();
    if (findings.none()) {
      scenario.finish();
      findings = scenario.compare();
    }
    if (findings.none() && scenario.rows_left() != 0) {
      findings.lost.emplace_back("rows were left behind");
    }
    return findings;
  }

  void sweep(const Ways& ways, std::uint64_t seed, FailsAs as, std::uint64_t times) {
    std::uint64_t calls = 0;
    constexpr Fault kNone{.at = ~std::uint64_t{0}, .times = 0};
    ASSERT_TRUE(run(ways, seed, kNone, calls).none()) << "without a fault";
    const auto step = number_from("RFI_SWEEP_STEP", 7);
    std::uint64_t runs = 0;
    for (std::uint64_t at = seed % step; at < calls; at += step) {
      SCOPED_TRACE(fmt::format("{}, seed {}, call {} of {} and {} more fail as {}",
                               ways.journal,
                               seed,
                               at,
                               calls,
                               times - 1,
                               as == FailsAs::full ? "a full disk" : "an I/O error"));
      std::uint64_t unused = 0;
      try {
        const Findings findings = run(ways, seed, {at, times, as}, unused);
        EXPECT_TRUE(findings.lost.empty()) << findings.lost[0];
        EXPECT_TRUE(findings.corrupt.empty()) << findings.corrupt[0];
      } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
      }
      ++runs;
    }
    fmt::print(
        "{}, seed {}: {} calls, {} of them failed one by one\n", ways.journal, seed, calls, runs);
  }

  void sweep_all(FailsAs as, std::uint64_t times) {
    for (const char* journal : {"persist", "wal"}) {
      for (std::uint64_t seed = 1; seed <= number_from("RFI_SWEEP_SEEDS", 1); ++seed) {
        sweep({.journal = journal}, seed, as, times);
      }
    }
  }

 private:
  test::TemporaryDirectory directory_;
  std::filesystem::path path_;
  Disk template_;
};

TEST_F(IoFaultSweep, NothingIsLostWhateverCallFails) {
  sweep_all(FailsAs::io_error, 1);
}

TEST_F(IoFaultSweep, NothingIsLostWhenSeveralCallsInARowFail) {
  sweep_all(FailsAs::io_error, 40);
}

TEST_F(IoFaultSweep, NothingIsLostWhenTheDiskIsFull) {
  sweep_all(FailsAs::full, 60);
}

}  // namespace
}  // namespace rfi::power
