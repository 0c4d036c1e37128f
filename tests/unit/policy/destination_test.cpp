#include "rfi/policy/destination.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace rfi::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr BackoffSettings kProbes{milliseconds{1000}, milliseconds{60'000}};

Sign sign(Outcome outcome, Blame blame, std::string error, std::int64_t row, milliseconds at) {
  Sign made;
  made.verdict = {outcome, blame, std::move(error), {}};
  made.row = row;
  made.customer = "customer-" + std::to_string(row);
  made.started = at;
  made.ended = at;
  return made;
}

Sign refused(std::int64_t row, milliseconds at = milliseconds{1}) {
  return sign(Outcome::not_sent, Blame::destination, "refused", row, at);
}
Sign timed_out(std::int64_t row, milliseconds at = milliseconds{1}) {
  return sign(Outcome::not_sent, Blame::destination, "timeout", row, at);
}
Sign unavailable(std::int64_t row, milliseconds at = milliseconds{1}) {
  return sign(Outcome::unavailable, Blame::destination, "", row, at);
}
Sign not_found(std::int64_t row, milliseconds at = milliseconds{1}) {
  return sign(Outcome::rejected, Blame::either, "", row, at);
}
Sign invalid(std::int64_t row, milliseconds at = milliseconds{1}) {
  return sign(Outcome::rejected, Blame::item, "", row, at);
}
Sign throttled(std::int64_t row, milliseconds at = milliseconds{1}) {
  return sign(Outcome::throttled, Blame::none, "", row, at);
}
Sign accepted(std::int64_t row, milliseconds at = milliseconds{1}) {
  return sign(Outcome::accepted, Blame::none, "", row, at);
}
Sign unauthorized(std::int64_t row, bool fresh_token, milliseconds at = milliseconds{1}) {
  Sign made = sign(Outcome::unauthorized, Blame::destination, "", row, at);
  made.fresh_token = fresh_token;
  return made;
}
Sign look(Sign made) {
  made.request = Sign::Request::look;
  return made;
}

Turn observe_all(Destination& destination, const std::vector<Sign>& signs) {
  Turn last = Turn::none;
  for (const Sign& one : signs) {
    last = destination.observe(one, 0.0);
  }
  return last;
}

/// `count` 5xx answers, for so many customers in turn.
std::vector<Sign> unavailable_in_a_row(int count, int customers) {
  std::vector<Sign> signs;
  for (int i = 0; i < count; ++i) {
    signs.push_back(unavailable(1 + i % customers));
  }
  return signs;
}

/// The same with `between` in the middle.
std::vector<Sign> interrupted(int count, const Sign& between) {
  std::vector<Sign> signs = unavailable_in_a_row(count, 5);
  signs.insert(signs.begin() + count / 2, between);
  return signs;
}

struct Row {
  const char* what;
  std::vector<Sign> signs;
  bool unfit;
};

TEST(Destination, IsUnfitAfterFailuresThatAreNotAboutOneRow) {
  const std::vector<Row> rows = {
      {"one refused connection", {refused(1)}, true},
      {"one token that was refused",
       {sign(Outcome::not_sent, Blame::destination, "token_refused", 1, milliseconds{1})},
       true},
      {"one time-out before a byte left", {timed_out(1)}, false},
      {"three of them", {timed_out(1), timed_out(1), timed_out(1)}, true},
      {"a success between them", {timed_out(1), timed_out(1), accepted(2), timed_out(1)}, false},
      {"a first 401", {unauthorized(1, false)}, false},
      {"a 401 in spite of a new token", {unauthorized(1, true)}, true},
      {"5xx twenty times for one customer", unavailable_in_a_row(20, 1), false},
      {"5xx nine times in a row", unavailable_in_a_row(9, 5), false},
      {"5xx ten times in a row", unavailable_in_a_row(10, 5), true},
      {"a success between them", interrupted(10, accepted(9)), false},
      {"a refusal of a row between them", interrupted(10, invalid(9)), false},
      {"throttling between them", interrupted(10, throttled(9)), true},
      {"404 at two customers", {not_found(1), not_found(2), not_found(2)}, false},
      {"404 at three customers", {not_found(1), not_found(2), not_found(3)}, true},
      {"a success between those", {not_found(1), not_found(2), accepted(4), not_found(3)}, false},
      {"400 at nine customers",
       {invalid(1),
        invalid(2),
        invalid(3),
        invalid(4),
        invalid(5),
        invalid(6),
        invalid(7),
        invalid(8),
        invalid(9),
        invalid(9)},
       false},
      {"400 at ten customers",
       {invalid(1),
        invalid(2),
        invalid(3),
        invalid(4),
        invalid(5),
        invalid(6),
        invalid(7),
        invalid(8),
        invalid(9),
        invalid(10)},
       true},
      {"throttling", {throttled(1), throttled(2), throttled(3), throttled(4), throttled(5)}, false},
      {"our own stop", {sign(Outcome::unknown, Blame::none, "stopped", 1, milliseconds{1})}, false},
      {"looks that are answered do not hide that every PATCH fails",
       interrupted(10, look(accepted(1))),
       true},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    Destination destination{kProbes};
    const Turn last = observe_all(destination, row.signs);
    EXPECT_EQ(destination.is_fit(), !row.unfit);
    EXPECT_EQ(last == Turn::became_unfit, row.unfit);
    EXPECT_EQ(destination.reason().empty(), !row.unfit);
  }
}

TEST(Destination, IsFitAgainWhenAProbeShowsWhatWasWrongToBeRight) {
  struct Probe {
    const char* what;
    std::vector<Sign> before;
    Sign probe;
    bool fit;
  };
  constexpr milliseconds kLater{5'000};
  const std::vector<Sign> failing = unavailable_in_a_row(10, 5);
  const std::vector<Sign> lost_path = {not_found(1), not_found(2), not_found(3)};
  const std::vector<Probe> probes = {
      {"a success", {refused(1)}, accepted(2, kLater), true},
      {"another failure", {refused(1)}, refused(2, kLater), false},
      {"another kind of failure", {refused(1)}, unavailable(2, kLater), false},
      {"a refusal of the row after an outage", failing, invalid(2, kLater), true},
      {"a refusal of the row after wrong paths", lost_path, invalid(2, kLater), false},
      {"throttling", failing, throttled(2, kLater), false},
      {"an answered look after a refused connection",
       {refused(1)},
       look(accepted(2, kLater)),
       true},
      {"an answered look while PATCHes fail", failing, look(accepted(2, kLater)), false},
      {"a success that had begun before", {refused(1)}, accepted(2, milliseconds{0}), false},
  };
  for (const Probe& row : probes) {
    SCOPED_TRACE(row.what);
    Destination destination{kProbes};
    ASSERT_EQ(observe_all(destination, row.before), Turn::became_unfit);
    const Turn turn = destination.observe(row.probe, 0.0);
    EXPECT_EQ(turn == Turn::became_fit, row.fit);
    EXPECT_EQ(destination.is_fit(), row.fit);
  }
}

TEST(Destination, ProbesAtGrowingIntervalsUpToAMinute) {
  Destination destination{kProbes};
  milliseconds now{0};
  destination.observe(refused(1, now), 0.0);
  milliseconds previous{0};
  for (int probe = 0; probe < 12; ++probe) {
    const milliseconds pause = destination.next_probe_at() - now;
    EXPECT_GE(pause, previous);
    EXPECT_LE(pause, milliseconds{60'000});
    previous = pause;
    now = destination.next_probe_at();
    destination.observe(refused(1, now), 0.0);
  }
  EXPECT_GE(previous, milliseconds{30'000});
  EXPECT_EQ(destination.failed_probes(), 12);
}

TEST(Destination, NeverProbesEarlierThanRetryAfter) {
  Destination destination{kProbes};
  destination.observe(refused(1), 0.0);
  Sign busy = unavailable(1, milliseconds{2'000});
  busy.retry_after = seconds{90};
  destination.observe(busy, 0.0);
  EXPECT_GE(destination.next_probe_at(), milliseconds{92'000});
  destination.probe_soon(milliseconds{3'000});
  EXPECT_EQ(destination.next_probe_at(), milliseconds{3'000});
}

TEST(Destination, NamesOnceTheRowsThatPaidForIt) {
  Destination destination{kProbes};
  observe_all(destination, unavailable_in_a_row(10, 10));
  // The tenth is judged when it is known already.
  EXPECT_EQ(destination.take_wronged(), (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_TRUE(destination.take_wronged().empty());
}

TEST(Destination, CountsAWindowThatFailedAtOnceAsNoProbe) {
  Destination destination{kProbes};
  ASSERT_EQ(destination.observe(refused(1, seconds{5}), 0.0), Turn::became_unfit);
  const auto first_probe = destination.next_probe_at();
  for (std::int64_t row = 2; row <= 32; ++row) {
    destination.observe(refused(row, seconds{5}), 0.0);
  }
  EXPECT_EQ(destination.failed_probes(), 0);
  EXPECT_EQ(destination.next_probe_at(), first_probe);
}

}  // namespace
}  // namespace rfi::policy
