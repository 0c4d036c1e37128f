// Whether the way to the API is fit for use. Failures that are not about one row open it; a probe
// that gets through closes it. Pure: times and random numbers are handed in.
#pragma once

#include "rfi/policy/attempt_result.hpp"
#include "rfi/policy/backoff.hpp"
#include "rfi/policy/outcome.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::policy {

/// What one ended attempt, or look, says about the way to the API. Times are of a monotonic clock,
/// since any fixed start.
struct Sign {
  enum class Request { patch, look };

  Request request = Request::patch;
  Verdict verdict;
  std::optional<unsigned> http_status;
  bool fresh_token = false;  ///< a 401 in spite of a token that had just been issued
  std::int64_t row = 0;
  std::string customer;  ///< in one spelling
  std::chrono::milliseconds started{0};
  std::chrono::milliseconds ended{0};
  std::optional<std::chrono::milliseconds> retry_after;
};

enum class Turn { none, became_unfit, became_fit };

/// Rules, in the order in which they are tried:
/// - an accepted request: fit, and every count begins anew;
/// - an answer that condemns its own row (400, 422): the way there works; but ten different
///   customers in a row without a success are the destination's fault;
/// - 403, 404 and their like at three different customers without a success between: unfit;
/// - refused, DNS, TLS, no token, a 401 in spite of a fresh token: unfit at once, since such a
///   failure cannot be about a row;
/// - other failures before a byte left: three in a row; ten 5xx or ten lost answers in a row of at
///   least three customers, since one poisoned row must not stop the others.
/// What began before it was found unfit does not make it fit again. A look that was answered speaks
/// for name, TLS and token, and for nothing else: an API may answer a GET and fail every PATCH.
class Destination {
 public:
  /// `probes`: the pause before the n-th probe is backoff_delay() of it.
  explicit Destination(const BackoffSettings& probes) : probes_(probes) {}

  /// Takes a sign; `unit_random` in [0, 1) jitters the next probe.
  Turn observe(const Sign& sign, double unit_random);

  [[nodiscard]] bool is_fit() const { return !unfit_; }
  /// When the next probe may go; only while unfit.
  [[nodiscard]] std::chrono::milliseconds next_probe_at() const { return next_probe_at_; }
  /// The next probe may go at once: something was changed that may have cured it.
  void probe_soon(std::chrono::milliseconds now);

  /// The failure that showed it, the last time it became unfit.
  [[nodiscard]] const Sign& shown_by() const { return shown_by_; }
  /// The rule by which it became unfit, as a sentence.
  [[nodiscard]] std::string_view reason() const { return reason_; }
  [[nodiscard]] std::chrono::milliseconds unfit_since() const { return unfit_since_; }
  [[nodiscard]] std::int64_t failed_probes() const { return failed_probes_; }

  /// Rows whose attempts showed it before it was known, once after it became unfit: they get back
  /// what those attempts cost them.
  [[nodiscard]] std::vector<std::int64_t> take_wronged();

  void configure(const BackoffSettings& probes) { probes_ = probes; }

 private:
  struct Failure {
    std::int64_t row = 0;
    std::string customer;
  };
  using Streak = std::vector<Failure>;

  Turn become_unfit(const Sign& sign, double unit_random, std::string_view reason, Streak wronged);
  Turn become_fit(const Sign& sign);
  Turn note_failure(const Sign& sign, double unit_random);
  Turn note_lost(Streak& streak, const Sign& sign, double unit_random, std::string_view reason);
  static void add(Streak& streak, const Sign& sign);
  void forget_failures();
  [[nodiscard]] bool heals(const Sign& sign) const;

  BackoffSettings probes_;
  bool unfit_ = false;
  Sign shown_by_;
  std::string_view reason_;
  std::chrono::milliseconds unfit_since_{0};
  std::chrono::milliseconds next_probe_at_{0};
  std::int64_t failed_probes_ = 0;
  Streak unsent_, unavailable_, unanswered_, either_, items_;
  Streak wronged_;
};

}  // namespace rfi::policy
