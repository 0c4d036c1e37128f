// Watches a run from outside and says which promise was broken, when and by which row. It knows
// what the producers queued, what really reached the provider and what the file holds; the daemon's
// own view counts for nothing here.
#pragma once

#include "simulation/items.hpp"
#include "simulation/promise.hpp"
#include "simulation/queue_image.hpp"
#include "simulation/scenario.hpp"
#include "simulation/simulated_clock.hpp"
#include "simulation/trace.hpp"
#include "simulation/witnessed_row.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::simulation {

class Witness {
 public:
  Witness(const Scenario& scenario, SimulatedClock& clock, QueueImage& image, Trace& trace);

  [[nodiscard]] const std::optional<Breach>& breach() const { return breach_; }
  void report(Promise promise, std::string_view row, std::string_view what);

  // The world.
  void row_was_queued(const StoredRow& row, const MadeRfi& rfi, Provider::Temper temper);
  /// A producer moved its not_before to a later time.
  void row_was_postponed(std::string_view reference, milliseconds from_now);
  void settings_are(const Settings& settings);
  void daemon_starts();
  void daemon_ends();
  void clock_jumps(milliseconds by);
  /// The last jump was one that the daemon cannot know of: it was not there.
  void jump_went_unseen();
  /// Nothing is left to come: every row must have ended well.
  void run_ends(bool drained);

  // The API's side.
  void patch_begins(std::string_view customer_id,
                    std::string_view body,
                    std::string_view reference);
  void patch_ends(std::string_view customer_id,
                  std::string_view reference,
                  const Returned& returned);
  void look_begins(std::string_view customer_id);
  /// `open`: what a complete and genuine answer showed.
  void look_ends(std::string_view customer_id,
                 const std::optional<Items>& open,
                 const Returned& returned);
  void landed(std::string_view reference);

  // The queue's side.
  void exchange_begins();
  void committed(std::size_t claims, bool in_doubt);
  /// The daemon has taken over a clock that was set, and it is in the file.
  void clock_was_recorded() { unrecorded_jumps_ = milliseconds{0}; }

  void log_line(std::string_view line);

 private:
  using Row = WitnessedRow;

  [[nodiscard]] Row* find(std::string_view reference);
  [[nodiscard]] std::vector<StoredRow*> rows_of(std::string_view customer_id);

  // witness.cpp
  void check_row(const StoredRow& stored, Row& row);

  // witness_requests.cpp
  void begin_request(std::string_view customer_id, std::string_view what);
  void end_request(std::string_view customer_id, const Returned& returned);
  void check_body(std::string_view body, const Row& row, std::string_view reference);
  void check_times(const StoredRow& stored, const Row& row);
  void check_look(const StoredRow& stored, const Row& row);
  void check_rate();
  void count_cost(Row& row, const Returned& returned);
  void count_unavailable(std::string_view customer_id, const Returned& returned);
  [[nodiscard]] bool is_known_for_an_outage(const Returned& returned) const;
  void count_refusal(Row& row, std::string_view customer_id, const Returned& returned);
  void count_unfit_time(const Returned& returned);
  void count_probe(const Returned& returned);

  // witness_ends.cpp
  [[nodiscard]] static bool landed_and_seen(const Row& row);
  void check_end(const StoredRow& stored, const Row& row);
  void check_rejected(const StoredRow& stored, const Row& row);
  void check_exhausted(const StoredRow& stored, const Row& row);
  void check_expired(const StoredRow& stored, const Row& row);

  const Scenario& scenario_;
  SimulatedClock& clock_;
  QueueImage& image_;
  Trace& trace_;
  std::optional<Breach> breach_;
  std::map<std::string, Row, std::less<>> rows_;
  std::size_t rows_queued_ = 0;
  Settings settings_;
  Settings strictest_;  ///< the least generous limits of rows that were ever in force
  std::uint64_t life_ = 0;
  std::set<std::string, std::less<>> on_the_wire_;  ///< customers
  /// Refused since the last success: with an answer that speaks of the row or of the way to the API
  /// alike (403), and with one that blames the row (400).
  std::set<std::string, std::less<>> refused_either_;
  std::set<std::string, std::less<>> refused_items_;
  /// Customers of the answers 5xx in a row that came in an outage.
  std::vector<std::string> unavailable_;
  struct Probes {
    SteadyTime first;
    std::size_t requests = 0;
  };
  std::map<std::pair<std::size_t, std::uint64_t>, Probes> probes_;  ///< by outage and life
  std::size_t open_limit_ = 0;
  std::size_t wider_limit_ = 0;  ///< max_in_flight before a reload, for what was under way then
  SteadyTime wider_until_;
  double rate_tokens_ = 0.0;
  SteadyTime rate_filled_at_;
  std::optional<SteadyTime> unfit_from_;  ///< an outage that nobody can take for a row's fault
  SteadyTime unfit_until_;
  milliseconds unseen_jumps_{0};
  milliseconds unrecorded_jumps_{0};  ///< not taken over and in the file yet
  milliseconds last_jump_{0};
  SteadyTime last_jump_at_;
};

}  // namespace rfi::simulation
