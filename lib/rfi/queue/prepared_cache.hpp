// Bodies that were built outside the write transaction and wait for it. Bounded by size; dropping
// them is safe.
#pragma once

#include "rfi/queue/queue_port.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <variant>

namespace rfi::queue {

class PreparedCache {
 public:
  struct Entry {
    Candidate candidate;
    std::variant<Prepared, Unsendable> built;
    std::int64_t data_version = 0;  ///< of the moment when the candidate was read
  };

  [[nodiscard]] Entry* find(RfiId id) {
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : &found->second;
  }

  void insert(Entry entry) {
    if (bytes_ > kMaxBytes) {
      clear();
    }
    bytes_ += size_of(entry);
    const RfiId id = entry.candidate.id;
    entries_.insert_or_assign(id, std::move(entry));
  }

  void erase(RfiId id) {
    const auto found = entries_.find(id);
    if (found != entries_.end()) {
      bytes_ -= size_of(found->second);
      entries_.erase(found);
    }
  }

  void clear() {
    entries_.clear();
    bytes_ = 0;
  }

 private:
  static constexpr std::size_t kMaxBytes = std::size_t{64} * 1024 * 1024;

  static std::size_t size_of(const Entry& entry) {
    // The body is counted as large as its source: it may already have been moved away when the
    // entry goes.
    return 2 * entry.candidate.documents.size() + entry.candidate.requested.size() + 512;
  }

  std::map<RfiId, Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace rfi::queue
