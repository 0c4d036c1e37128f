// The real store through power cuts: after each everything acknowledged is there and the file is
// sound. RFI_POWER_CUTS sets how many cuts each journal mode meets (default: what fits in seconds),
// RFI_POWER_SEED where the random sequence begins.
#include "power/numbers.hpp"
#include "power/scenario.hpp"
#include "power/simulated_vfs.hpp"
#include "support/temporary_directory.hpp"

#include "rfi/queue/schema.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace rfi::power {
namespace {

constexpr std::uint64_t kCutsOfOneQueue = 25;
constexpr int kMostSteps = 300;

std::uint64_t cuts() {
  return number_from("RFI_POWER_CUTS", 300);
}

/// Only calls that change something: between two of them a cut makes no difference.
bool changes_disk(Call call) {
  return call == Call::write || call == Call::sync || call == Call::truncate ||
         call == Call::remove;
}

Verdict power_fails_at(std::uint64_t change) {
  return [change, seen = std::uint64_t{0}](Call call, std::uint64_t /*number*/) mutable {
    return changes_disk(call) && seen++ == change ? Fate::last : Fate::go_on;
  };
}

struct Totals {
  std::uint64_t cuts = 0;
  std::uint64_t rows = 0;
  std::uint64_t claims = 0;
  std::uint64_t lost = 0;
  std::uint64_t corrupt = 0;
  std::string first;  ///< what was found first, with the seed that shows it
};

class PowerLoss : public ::testing::Test {
 protected:
  PowerLoss() : path_(directory_ / "queue.db"), template_(0) {
    test::write_file(path_, "");
    use_disk(template_);
    fail_as(FailsAs::io_error);
    (void)template_.create(path_);
    (void)queue::migrate(path_);
  }

  /// Cuts the power `count` times.
  Totals run(const Ways& ways, std::uint64_t count) {
    Totals totals;
    const auto first_seed = number_from("RFI_POWER_SEED", 1);
    const auto started = std::chrono::steady_clock::now();
    for (std::uint64_t seed = first_seed; totals.cuts < count; ++seed) {
      try {
        run_one(ways, seed, std::min(kCutsOfOneQueue, count - totals.cuts), totals);
      } catch (const std::exception& error) {
        ++totals.cuts;
        ++totals.corrupt;
        remember(totals, seed, 0, error.what());
      }
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
    fmt::print(
        "{} {} / {}: {} cuts, {} rows acknowledged, {} claims, {} lost, {} corrupt, {:.1f} s\n",
        ways.journal,
        ways.synchronous,
        ways.producer,
        totals.cuts,
        totals.rows,
        totals.claims,
        totals.lost,
        totals.corrupt,
        seconds.count());
    return totals;
  }

 private:
  void run_one(const Ways& ways, std::uint64_t seed, std::uint64_t count, Totals& totals) {
    Disk disk(seed);
    Random random(seed * 7919 + 1);
    disk.copy_durable_from(template_);
    use_disk(disk);
    Scenario scenario(disk, path_, ways, seed);
    for (std::uint64_t cut = 0; cut < count; ++cut) {
      disk.arm(power_fails_at(random() % 120));
      // A damaged file may take no change any more, and then the call is never reached.
      for (int steps = 0; steps < kMostSteps && !disk.is_off(); ++steps) {
        scenario.step();
      }
      disk.cut_power();
      // One start in four does not survive either.
      for (bool again = true; again;) {
        scenario.die();
        disk.restart_after_power_loss();
        again = random() % 4 == 0;
        if (again) {
          disk.arm(power_fails_at(random() % 20));
        }
        scenario.restart();
        again = again && disk.is_off();
        ++totals.cuts;
      }
      disk.disarm();
      const Findings findings = scenario.compare();
      totals.lost += findings.lost.empty() ? 0U : 1U;
      totals.corrupt += findings.corrupt.empty() ? 0U : 1U;
      if (!findings.none()) {
        remember(totals, seed, cut, findings.lost.empty() ? findings.corrupt[0] : findings.lost[0]);
        return;
      }
    }
    totals.rows += scenario.rows_acknowledged();
    totals.claims += scenario.claims_made();
  }

  static void remember(Totals& totals,
                       std::uint64_t seed,
                       std::uint64_t cut,
                       const std::string& what) {
    if (totals.first.empty()) {
      totals.first = fmt::format("RFI_POWER_SEED={}, cut {}: {}", seed, cut, what);
    }
  }

  test::TemporaryDirectory directory_;
  std::filesystem::path path_;
  Disk template_;
};

TEST_F(PowerLoss, LosesAndCorruptsNothing) {
  for (const char* journal : {"persist", "truncate", "wal"}) {
    const auto totals = run({.journal = journal}, cuts());
    EXPECT_EQ(totals.lost, 0U) << totals.first;
    EXPECT_EQ(totals.corrupt, 0U) << totals.first;
    EXPECT_GT(totals.rows, cuts() / 10) << "nothing was at stake";
    EXPECT_GT(totals.claims, cuts() / 10) << "nothing was at stake";
  }
}

/// The proof that the disk forgets what it may forget: with less than FULL the same run must see
/// it.
TEST_F(PowerLoss, IsSeenWhenTheDaemonSyncsLess) {
  const auto totals = run({.journal = "wal", .synchronous = "NORMAL"}, 150);
  EXPECT_GT(totals.lost, 0U);
  EXPECT_EQ(totals.corrupt, 0U) << totals.first;
  EXPECT_GT(run({.journal = "truncate", .synchronous = "NORMAL"}, 250).lost, 0U);
}

/// A WAL that was not synced is cut off at its first broken frame: it loses rather than corrupts.
TEST_F(PowerLoss, IsSeenWhenNothingIsSynced) {
  for (const char* journal : {"persist", "truncate"}) {
    EXPECT_GT(run({.journal = journal, .synchronous = "OFF"}, 200).corrupt, 0U) << journal;
  }
  EXPECT_GT(run({.journal = "wal", .synchronous = "OFF"}, 200).lost, 0U);
}

/// What migrations/README.md tells producers: SQLite's default removes the journal without syncing
/// the directory, so that a cut can bring it back and take an acknowledged insert away.
TEST_F(PowerLoss, TakesAnInsertOnlyFromProducersThatKeepSqlitesDefaultJournal) {
  const auto by_default = run({.producer = "PRAGMA journal_mode = DELETE"}, 600);
  EXPECT_GT(by_default.lost, 0U);
  EXPECT_NE(by_default.first.find("was acknowledged and is gone"), std::string::npos)
      << by_default.first;
  EXPECT_EQ(by_default.corrupt, 0U) << by_default.first;
  const auto extra =
      run({.producer = "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA"}, 600);
  EXPECT_TRUE(extra.lost == 0 && extra.corrupt == 0) << extra.first;
}

}  // namespace
}  // namespace rfi::power
