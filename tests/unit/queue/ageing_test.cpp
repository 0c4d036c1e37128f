// No row waits for ever, whatever goes before it.
#include "unit/queue/store_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace rfi::queue::test {
namespace {

using Ageing = StoreTest;

TEST_F(Ageing, AFloodOfNearDeadlinesCannotStarveARowWithoutOne) {
  constexpr int kOlder = 20;
  constexpr int kBatch = 4;
  int number = 0;
  // Each later row has a nearer deadline, so each that comes goes to the head of the line.
  const auto flood = [&](int count) {
    for (int i = 0; i < count; ++i) {
      ++number;
      producer_.insert(fmt::format("near{}", number),
                       100 + number,
                       ", created_at, deadline",
                       fmt::format(", {}, {}",
                                   policy::unix_ms(now_) - 100'000 + number,
                                   policy::unix_ms(now_ + 1h) - number));
    }
  };
  flood(kOlder);
  ++number;
  producer_.insert(
      "patient", 1, ", created_at", fmt::format(", {}", policy::unix_ms(now_) - 100'000 + number));
  // One claim in eight goes to the row that came first: the older ones, then this.
  int claims = 0;
  while (state("patient") == "pending" && claims < 1'000) {
    flood(kBatch);
    std::vector<Closing> closings;
    const auto result = exchange(kBatch);
    for (const Claim& claim : result.claims) {
      closings.push_back(accepted(claim));
    }
    (void)exchange(0, std::move(closings));
    claims += kBatch;
  }
  EXPECT_LE(claims, (kOlder + 1) * 8);
}

}  // namespace
}  // namespace rfi::queue::test
