// Claim and record: one durable commit with 32 outcomes and 32 claims, on a real file.
#include "rounds.hpp"
#include "support/temporary_directory.hpp"

#include "rfi/queue/schema.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <stdexcept>
#include <variant>

namespace rfi::bench {
namespace {

constexpr std::int64_t kRounds = 300;

void exchange(benchmark::State& state, queue::JournalMode journal) {
  const test::TemporaryDirectory directory;
  const auto path = directory / "queue.db";
  if (!std::holds_alternative<queue::Migrated>(queue::migrate(path))) {
    throw std::runtime_error("the queue cannot be made");
  }
  fill(path, 0, Rounds::kRows * (kRounds + 1), 0);
  Rounds rounds(path, journal);
  (void)rounds.run();  // opens and prepares
  for (auto _ : state) {
    if (rounds.run() != Rounds::kRows) {
      throw std::runtime_error("the queue is empty");
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(Rounds::kRows));
}

void claim_and_record_rollback(benchmark::State& state) {
  exchange(state, queue::JournalMode::rollback);
}
void claim_and_record_wal(benchmark::State& state) {
  exchange(state, queue::JournalMode::wal);
}

BENCHMARK(claim_and_record_rollback)->Iterations(kRounds)->Unit(benchmark::kMicrosecond);
BENCHMARK(claim_and_record_wal)->Iterations(kRounds)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace rfi::bench
