// How many requests may be on the wire at once: additive up, multiplicative down. Pure: times are
// handed in.
#pragma once

#include <chrono>
#include <cstddef>

namespace rfi::policy {

/// What one answer says of how busy the API is.
enum class Load {
  accepted,  ///< an answer in time
  pressed    ///< 429 and its kind, a 5xx, an answer that never came: too much, or too fast
};

/// A window between 1 and a maximum, as TCP keeps one (RFC 5681): from its start it grows by one
/// with every answer that came while it was used up, until the first sign of pressure; after that
/// by 1/window, which is one for each window that was answered (Postfix's 1/N feedback). Pressure
/// halves it, at most once for the requests that were under way together. A round trip that grows
/// beyond mean + 2.5 deviations over a whole window takes a tenth of it (the rule of Vector's
/// adaptive concurrency, both averages weighted with 0.4).
class Concurrency {
 public:
  explicit Concurrency(std::size_t maximum);

  /// At least 1.
  [[nodiscard]] std::size_t window() const;

  /// One request has ended; `in_flight` counts it. `started` and `now` are of a monotonic clock;
  /// `round_trip` is from its first byte to the last byte of the answer.
  void ended(Load load,
             std::chrono::milliseconds started,
             std::chrono::milliseconds now,
             std::chrono::milliseconds round_trip,
             std::size_t in_flight);

  /// From one again, as after an outage: who comes back is not met by everything that has waited.
  void restart();

  void set_maximum(std::size_t maximum);

 private:
  void grow(std::size_t in_flight);
  void press(std::chrono::milliseconds started, std::chrono::milliseconds now);
  void note_round_trip(double round_trip);
  void clamp();

  double maximum_;
  double window_;
  double slow_start_ends_;  ///< below it the window grows by one an answer
  std::chrono::milliseconds pressed_at_{-1};
  double sum_ = 0.0;  ///< of the round trips in the present window, in milliseconds
  double count_ = 0.0;
  double mean_ = 0.0;  ///< weighted, of the windows before
  double deviation_ = 0.0;
  bool has_mean_ = false;
};

}  // namespace rfi::policy
