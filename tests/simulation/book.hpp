// The store in memory: the same decisions in the same order as queue::Store takes them on SQLite
// (store.cpp, claim.cpp, record.cpp, housekeeping.cpp, recover.cpp), on a QueueImage. What is a
// member here a crash takes away.
#pragma once

#include "simulation/plant.hpp"
#include "simulation/queue_image.hpp"

#include "rfi/queue/plan.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/queue/unfit_periods.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace rfi::simulation {

/// How the commit of an exchange went.
enum class Commit {
  known,           ///< it is in the file, and we know
  in_the_file,     ///< it returned an error, and is there nevertheless
  not_in_the_file  ///< it returned an error, and nothing of it is there
};

class Book {
 public:
  Book(QueueImage& image, queue::Prepare prepare, queue::ClaimLimits limits, Plant plant);

  [[nodiscard]] std::vector<queue::Recovered> recover(UtcTime now);

  /// What comes out counts only if the commit is `known`; otherwise it is to be made again.
  [[nodiscard]] queue::ExchangeResult exchange(const queue::Exchange& exchange, Commit commit);

  void reconfigure(queue::ClaimLimits limits) { limits_ = limits; }
  [[nodiscard]] bool in_doubt() const { return in_doubt_; }

 private:
  struct OpenRow {
    std::int64_t number = 0;
    std::string customer_id;
  };
  using Built = std::variant<queue::Prepared, queue::Unsendable>;
  struct Work {
    const queue::Exchange& exchange;
    queue::ExchangeResult result;
    std::map<RfiId, OpenRow> open;
    queue::CustomerKeys busy;
    std::vector<std::string> freed;
  };

  // book.cpp
  void spoil(const Work& work);
  [[nodiscard]] queue::CustomerKeys busy_customers(const std::map<RfiId, OpenRow>& open) const;
  void tidy(Work& work);
  void fail(Work& work,
            StoredRow& row,
            policy::Failure failure,
            std::string detail,
            bool violation = false);
  void release_freed(Work& work);
  void release(Work& work, const std::string& customer_id);
  void visit_waiting_customers(Work& work);
  void look_ahead(Work& work) const;

  // book_claims.cpp
  void claim(Work& work);
  void carry_out(Work& work, const queue::Decision& decision);
  void open(Work& work, StoredRow& row, const queue::Prepared& prepared);
  [[nodiscard]] const Built& built(const StoredRow& row);

  // book_records.cpp
  void record(Work& work, const queue::Closing& closing);
  void settle_row(Work& work, StoredRow& row, const queue::Closing& closing);
  void disown_doubtful(Work& work);
  void obey_clock(Work& work);
  void note_fitness(Work& work);
  void end_unfit_periods(UtcTime end);
  void save_period(const queue::UnfitPeriods::Period& period);
  static void return_row(StoredRow& row,
                         std::optional<UtcTime> due,
                         const std::string& detail,
                         std::int64_t refund,
                         UtcTime now);

  QueueImage& image_;
  queue::Prepare prepare_;
  queue::ClaimLimits limits_;
  Plant plant_;
  std::map<RfiId, OpenRow> open_;
  queue::UnfitPeriods unfit_;
  std::map<RfiId, Built> prepared_;
  std::uint64_t claims_made_ = 0;
  bool in_doubt_ = false;
  std::optional<UtcTime> next_visit_;
};

}  // namespace rfi::simulation
