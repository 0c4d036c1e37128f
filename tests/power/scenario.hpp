// The real store at work on a simulated disk, with a memory of everything that it and a producer
// were told, and the comparison of the two.
#pragma once

#include "power/simulated_disk.hpp"

#include "rfi/queue/store.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

struct sqlite3;

namespace rfi::power {

/// How the daemon's connection and the producer's work. The first of each is what they are told to.
struct Ways {
  std::string journal = "persist";   ///< persist, truncate or wal
  std::string synchronous = "FULL";  ///< of the daemon
  std::string producer = "PRAGMA journal_mode = PERSIST";
};

/// What did not hold. Both empty: nothing was lost.
struct Findings {
  std::vector<std::string> lost;     ///< something acknowledged is not there, or something else is
  std::vector<std::string> corrupt;  ///< the file is no sound database any more
  [[nodiscard]] bool none() const { return lost.empty() && corrupt.empty(); }
};

class Scenario {
 public:
  /// `placeholder` is a real, empty file: only its name matters, which the store looks at before it
  /// opens it.
  Scenario(Disk& disk, std::filesystem::path placeholder, Ways ways, std::uint64_t seed);
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;
  ~Scenario();

  /// A few inserts, a cancellation, or an exchange with everything that one can hold. A failed call
  /// is made again until it succeeds, as the store's thread does. Returns early when the power
  /// goes.
  void step();
  /// Drops all connections. After a power cut this comes first, while the disk is still off: what
  /// SQLite does at the end of a connection must not reach the disk that comes back.
  void die();
  /// After a power cut, on the disk that is left: opens, recovers. Returns early when the power
  /// goes again.
  void restart();
  /// Compares the file with what was told.
  [[nodiscard]] Findings compare();
  /// Closes all that is open as accepted and claims until nothing is left to do.
  void finish();

  [[nodiscard]] std::size_t rows_acknowledged() const { return acknowledged_.size(); }
  [[nodiscard]] std::size_t claims_made() const { return claims_made_; }
  /// Rows that are neither finished nor cancelled.
  [[nodiscard]] std::size_t rows_left() const;

 private:
  using Key = std::pair<std::int64_t, std::int64_t>;
  /// Which outcomes the file may show for an attempt: "open", "absent" or a word of the queue.
  using Allowed = std::set<std::string>;

  void open_store();
  void open_producer();
  bool produce(const std::string& sql);
  void insert_rows();
  void cancel_row();
  void exchange(queue::Exchange request);
  [[nodiscard]] queue::Exchange random_exchange();
  [[nodiscard]] queue::Closing random_closing(const queue::Claim& claim);
  [[nodiscard]] queue::Closing accepted(const queue::Claim& claim) const;
  void take(const queue::Exchange& request, queue::ExchangeResult result);
  void doubt(const queue::Exchange& request);
  void close_in_memory(const queue::Closing& closing);
  /// Calls until it works; false when the power has gone.
  template <class Work>
  bool until_it_works(Work work);

  void compare_attempts(Findings& findings, const queue::Database& database);
  void compare_rows(Findings& findings, const queue::Database& database);

  [[nodiscard]] std::size_t pick(std::size_t choices) { return random_() % choices; }

  Disk& disk_;
  std::filesystem::path path_;
  Ways ways_;
  Random random_;
  queue::UtcTime now_;
  std::unique_ptr<queue::Store> store_;
  sqlite3* producer_ = nullptr;

  bool unfit_ = false;
  std::size_t claims_made_ = 0;
  std::size_t rows_tried_ = 0;
  std::set<std::string> acknowledged_;         ///< references
  std::map<std::int64_t, queue::Claim> open_;  ///< by row
  std::map<Key, Allowed> attempts_;
  std::map<std::int64_t, std::set<std::string>> states_;  ///< of finished rows
};

}  // namespace rfi::power
