#include "rfi/queue/build_ahead.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace rfi::queue {

void BuildAhead::start(Prepare prepare,
                       std::vector<Candidate> candidates,
                       std::int64_t data_version) {
  if (candidates.empty()) {
    return;
  }
  std::packaged_task<std::vector<PreparedCache::Entry>()> work(
      [prepare = std::move(prepare), candidates = std::move(candidates), data_version]() mutable {
        std::vector<PreparedCache::Entry> entries;
        entries.reserve(candidates.size());
        for (Candidate& candidate : candidates) {
          auto built = prepare(candidate);
          entries.push_back({.candidate = std::move(candidate),
                             .built = std::move(built),
                             .data_version = data_version});
        }
        return entries;
      });
  batch_ = work.get_future();
  boost::asio::post(pool_, std::move(work));
}

std::vector<PreparedCache::Entry> BuildAhead::take() {
  if (!batch_.valid()) {
    return {};
  }
  try {
    return batch_.get();
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace rfi::queue
