// Bodies of the rows that come next, built on a thread of their own while a commit waits for the
// disk: building one costs as much as a third of what the store's thread has to do for a row.
#pragma once

#include "rfi/queue/prepared_cache.hpp"
#include "rfi/queue/queue_port.hpp"

#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <future>
#include <vector>

namespace rfi::queue {

/// For one thread, which starts a batch and takes it before it starts the next. What is built is
/// only a guess at what will be asked for: losing it is harmless.
class BuildAhead {
 public:
  /// Candidates are not collected beyond this, however many rows there are.
  static constexpr std::size_t kMostBytes = std::size_t{4} * 1024 * 1024;

  BuildAhead() = default;
  BuildAhead(const BuildAhead&) = delete;
  BuildAhead& operator=(const BuildAhead&) = delete;
  BuildAhead(BuildAhead&&) = delete;
  BuildAhead& operator=(BuildAhead&&) = delete;
  /// Waits for the batch under way.
  ~BuildAhead() = default;

  /// `prepare` is called on the other thread, with nothing that belongs to this one; it must be
  /// pure. `data_version` is that of the moment when the candidates were read.
  void start(Prepare prepare, std::vector<Candidate> candidates, std::int64_t data_version);

  /// Waits for the batch that was started last. Nothing if there is none, or if a candidate could
  /// not be built: whoever needs it meets the reason when he builds it himself.
  [[nodiscard]] std::vector<PreparedCache::Entry> take();

 private:
  std::future<std::vector<PreparedCache::Entry>> batch_;
  boost::asio::thread_pool pool_{1};  ///< last: joined before what its work refers to goes
};

}  // namespace rfi::queue
