#include "rfi/policy/vocabulary.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace rfi::policy {
namespace {

// The words stand in files and logs of others: they are spelled out here once more on purpose.

TEST(Vocabulary, SpellsStatesAsTheQueueDoes) {
  const std::vector<std::pair<RfiState, std::string_view>> words = {
      {RfiState::pending, "pending"},
      {RfiState::submitting, "submitting"},
      {RfiState::submitted, "submitted"},
      {RfiState::failed, "failed"},
      {RfiState::cancelled, "cancelled"}};
  for (const auto& [value, word] : words) {
    EXPECT_EQ(to_string(value), word);
    EXPECT_EQ(rfi_state_from(word), value);
  }
}

TEST(Vocabulary, SpellsFailuresAsTheQueueDoes) {
  const std::vector<std::pair<Failure, std::string_view>> words = {
      {Failure::invalid, "invalid"},
      {Failure::rejected, "rejected"},
      {Failure::expired, "expired"},
      {Failure::exhausted, "exhausted"}};
  for (const auto& [value, word] : words) {
    EXPECT_EQ(to_string(value), word);
    EXPECT_EQ(failure_from(word), value);
  }
}

TEST(Vocabulary, SpellsOutcomesAsTheQueueDoes) {
  const std::vector<std::pair<Outcome, std::string_view>> words = {
      {Outcome::accepted, "accepted"},
      {Outcome::rejected, "rejected"},
      {Outcome::throttled, "throttled"},
      {Outcome::unauthorized, "unauthorized"},
      {Outcome::unavailable, "unavailable"},
      {Outcome::not_sent, "not_sent"},
      {Outcome::unknown, "unknown"},
      {Outcome::confirmed, "confirmed"}};
  for (const auto& [value, word] : words) {
    EXPECT_EQ(to_string(value), word);
    EXPECT_EQ(outcome_from(word), value);
  }
}

TEST(Vocabulary, KnowsNoOtherWord) {
  for (const std::string_view word : {"", "Pending", "pending ", "pend", "?", "sent"}) {
    EXPECT_EQ(rfi_state_from(word), std::nullopt) << word;
    EXPECT_EQ(failure_from(word), std::nullopt) << word;
    EXPECT_EQ(outcome_from(word), std::nullopt) << word;
  }
}

}  // namespace
}  // namespace rfi::policy
