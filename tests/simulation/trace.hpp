// What happened in a run, as one number, and as text if somebody wants to read it.
#pragma once

#include "simulation/virtual_timer.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rfi::simulation {

enum class TraceText { none, printed };

/// Two runs of one seed give the same hash, or the simulation is not deterministic.
class Trace {
 public:
  Trace(const VirtualTime& time, TraceText text) : time_(time), text_(text), begin_(time.now()) {}

  void note(std::string_view what, std::string_view who = {}, std::int64_t detail = 0);
  /// For the reader only.
  void say(std::string_view what, std::string_view text) const;

  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] SteadyTime begin() const { return begin_; }
  [[nodiscard]] bool is_printed() const { return text_ == TraceText::printed; }
  /// Since the beginning of the run, as `1:02:03.456`.
  [[nodiscard]] std::string moment() const;

 private:
  void mix(std::string_view bytes);
  void mix(std::uint64_t number);

  const VirtualTime& time_;
  TraceText text_;
  SteadyTime begin_;
  std::uint64_t hash_ = 0xCBF29CE484222325U;
};

}  // namespace rfi::simulation
