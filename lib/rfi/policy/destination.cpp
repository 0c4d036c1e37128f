#include "rfi/policy/destination.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string_view>
#include <utility>

namespace rfi::policy {
namespace {

/// Failures of these classes are about the machine at the other end, or the way to it, whatever row
/// they meet. What is left (time-outs, resets) may be a moment's trouble.
constexpr std::array kAtOnce = {std::string_view{"refused"},
                                std::string_view{"unreachable"},
                                std::string_view{"dns"},
                                std::string_view{"tls"},
                                std::string_view{"tls_verify"},
                                std::string_view{"proxy"},
                                std::string_view{"token_refused"},
                                std::string_view{"token_unavailable"},
                                std::string_view{"token_unreadable"}};

constexpr std::string_view kTokenRefused = "a token that had just been issued was refused as well";
constexpr std::string_view kUnreachable = "requests fail before a byte of them has left";
constexpr std::string_view kFailing = "ten requests in a row met a 5xx";
constexpr std::string_view kUnanswered = "ten requests in a row had no usable answer";
constexpr std::string_view kWrongWay =
    "three customers in a row were answered as if path, key or rights were wrong";
constexpr std::string_view kAllRefused = "ten customers in a row were refused";

constexpr std::size_t kUnsentInARow = 3;
constexpr std::size_t kLostInARow = 10;
constexpr std::size_t kCustomersOfLost = 3;
constexpr std::size_t kCustomersOfEither = 3;
constexpr std::size_t kCustomersOfItems = 10;
constexpr std::size_t kLongestStreak = 64;

template <class Streak>
std::size_t customers(const Streak& streak) {
  std::set<std::string_view> different;
  for (const auto& failure : streak) {
    different.insert(failure.customer);
  }
  return different.size();
}

bool is_answered_look(const Sign& sign) {
  return sign.request == Sign::Request::look && sign.verdict.outcome == Outcome::accepted;
}

/// What an answer of any kind disproves.
bool is_about_the_way_there(const Verdict& verdict) {
  return verdict.outcome == Outcome::not_sent || verdict.outcome == Outcome::unauthorized;
}

bool is_certain(const Sign& sign) {
  return std::ranges::find(kAtOnce, sign.verdict.error) != kAtOnce.end();
}

}  // namespace

Turn Destination::observe(const Sign& sign, double unit_random) {
  if (sign.verdict.error == "stopped") {
    return Turn::none;
  }
  if (unfit_) {
    // Requests that left in the same millisecond left before it was known: a refused connection
    // takes less than one, and a whole window of them must not count as so many failed probes.
    if (sign.started <= unfit_since_) {
      return Turn::none;
    }
    if (heals(sign)) {
      return become_fit(sign);
    }
    if (is_answered_look(sign)) {
      return Turn::none;
    }
    ++failed_probes_;
    next_probe_at_ =
        sign.ended + backoff_delay(probes_, failed_probes_ + 1, sign.retry_after, unit_random);
    return Turn::none;
  }
  return note_failure(sign, unit_random);
}

/// A refusal of the row itself shows that everything before it works, unless refusals are what
/// made it unfit. A 429 shows nothing: it may come from what stands before the API.
bool Destination::heals(const Sign& sign) const {
  if (is_answered_look(sign)) {
    return is_about_the_way_there(shown_by_.verdict);
  }
  if (sign.verdict.outcome == Outcome::accepted || sign.verdict.outcome == Outcome::confirmed) {
    return true;
  }
  const Blame blame = shown_by_.verdict.blame;
  return sign.verdict.blame == Blame::item && blame != Blame::item && blame != Blame::either;
}

Turn Destination::note_failure(const Sign& sign, double unit_random) {
  if (is_answered_look(sign)) {
    unsent_.clear();
    return Turn::none;
  }
  switch (sign.verdict.outcome) {
    case Outcome::accepted:
    case Outcome::confirmed:
      forget_failures();
      return Turn::none;
    case Outcome::throttled:
      return Turn::none;
    case Outcome::unauthorized:
      return sign.fresh_token ? become_unfit(sign, unit_random, kTokenRefused, {}) : Turn::none;
    case Outcome::rejected:
      unsent_.clear();
      unavailable_.clear();
      unanswered_.clear();
      if (sign.verdict.blame == Blame::either) {
        add(either_, sign);
        return customers(either_) >= kCustomersOfEither
                   ? become_unfit(sign, unit_random, kWrongWay, either_)
                   : Turn::none;
      }
      add(items_, sign);
      // Their rows have failed already: nothing can be given back to them.
      return customers(items_) >= kCustomersOfItems
                 ? become_unfit(sign, unit_random, kAllRefused, {})
                 : Turn::none;
    case Outcome::not_sent:
      add(unsent_, sign);
      return is_certain(sign) || unsent_.size() >= kUnsentInARow
                 ? become_unfit(sign, unit_random, kUnreachable, unanswered_)
                 : Turn::none;
    case Outcome::unavailable:
      return note_lost(unavailable_, sign, unit_random, kFailing);
    case Outcome::unknown:
      return note_lost(unanswered_, sign, unit_random, kUnanswered);
  }
  return Turn::none;
}

void Destination::add(Streak& streak, const Sign& sign) {
  if (streak.size() == kLongestStreak) {
    streak.erase(streak.begin());
  }
  streak.push_back({sign.row, sign.customer});
}

Turn Destination::note_lost(Streak& streak,
                            const Sign& sign,
                            double unit_random,
                            std::string_view reason) {
  add(streak, sign);
  return streak.size() >= kLostInARow && customers(streak) >= kCustomersOfLost
             ? become_unfit(sign, unit_random, reason, streak)
             : Turn::none;
}

void Destination::forget_failures() {
  for (Streak* streak : {&unsent_, &unavailable_, &unanswered_, &either_, &items_}) {
    streak->clear();
  }
}

Turn Destination::become_unfit(const Sign& sign,
                               double unit_random,
                               std::string_view reason,
                               Streak wronged) {
  unfit_ = true;
  shown_by_ = sign;
  reason_ = reason;
  unfit_since_ = sign.ended;
  failed_probes_ = 0;
  next_probe_at_ = sign.ended + backoff_delay(probes_, 1, sign.retry_after, unit_random);
  // The row of this very sign pays nothing to begin with.
  std::erase_if(wronged, [&sign](const Failure& failure) { return failure.row == sign.row; });
  wronged_ = std::move(wronged);
  forget_failures();
  return Turn::became_unfit;
}

Turn Destination::become_fit(const Sign& sign) {
  unfit_ = false;
  // A refusal that healed it is the first of a new count.
  if (sign.verdict.outcome == Outcome::rejected) {
    items_.push_back({sign.row, sign.customer});
  }
  return Turn::became_fit;
}

void Destination::probe_soon(std::chrono::milliseconds now) {
  next_probe_at_ = std::min(next_probe_at_, now);
  failed_probes_ = 0;
}

std::vector<std::int64_t> Destination::take_wronged() {
  std::vector<std::int64_t> rows;
  for (const Failure& failure : std::exchange(wronged_, {})) {
    rows.push_back(failure.row);
  }
  return rows;
}

}  // namespace rfi::policy
