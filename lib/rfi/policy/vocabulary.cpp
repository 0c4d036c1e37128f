#include "rfi/policy/vocabulary.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace rfi::policy {
namespace {

template <class Enum, std::size_t Size>
using Words = std::array<std::pair<Enum, std::string_view>, Size>;

constexpr Words<RfiState, 5> kStates{{{RfiState::pending, "pending"},
                                      {RfiState::submitting, "submitting"},
                                      {RfiState::submitted, "submitted"},
                                      {RfiState::failed, "failed"},
                                      {RfiState::cancelled, "cancelled"}}};

constexpr Words<Failure, 4> kFailures{{{Failure::invalid, "invalid"},
                                       {Failure::rejected, "rejected"},
                                       {Failure::expired, "expired"},
                                       {Failure::exhausted, "exhausted"}}};

constexpr Words<Outcome, 8> kOutcomes{{{Outcome::accepted, "accepted"},
                                       {Outcome::rejected, "rejected"},
                                       {Outcome::throttled, "throttled"},
                                       {Outcome::unauthorized, "unauthorized"},
                                       {Outcome::unavailable, "unavailable"},
                                       {Outcome::not_sent, "not_sent"},
                                       {Outcome::unknown, "unknown"},
                                       {Outcome::confirmed, "confirmed"}}};

template <class Enum, std::size_t Size>
std::string_view word_of(const Words<Enum, Size>& words, Enum value) {
  for (const auto& [candidate, word] : words) {
    if (candidate == value) {
      return word;
    }
  }
  return "?";
}

template <class Enum, std::size_t Size>
std::optional<Enum> value_of(const Words<Enum, Size>& words, std::string_view word) {
  for (const auto& [candidate, candidate_word] : words) {
    if (candidate_word == word) {
      return candidate;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(RfiState state) {
  return word_of(kStates, state);
}
std::string_view to_string(Failure failure) {
  return word_of(kFailures, failure);
}
std::string_view to_string(Outcome outcome) {
  return word_of(kOutcomes, outcome);
}

std::optional<RfiState> rfi_state_from(std::string_view word) {
  return value_of(kStates, word);
}
std::optional<Failure> failure_from(std::string_view word) {
  return value_of(kFailures, word);
}
std::optional<Outcome> outcome_from(std::string_view word) {
  return value_of(kOutcomes, word);
}

}  // namespace rfi::policy
