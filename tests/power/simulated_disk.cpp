#include "power/simulated_disk.hpp"

#include <algorithm>
#include <utility>

namespace rfi::power {
namespace {

constexpr std::size_t kSector = 512;

std::size_t pick(Random& random, std::size_t choices) {
  return random() % choices;
}

void put(Bytes& to, std::size_t offset, std::span<const unsigned char> data) {
  to.resize(std::max(to.size(), offset + data.size()));
  std::ranges::copy(data, to.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

void File::apply(Bytes& to, const Change& change) {
  if (change.truncates) {
    to.resize(change.offset);
  } else {
    put(to, change.offset, change.data);
  }
}

void File::write(std::size_t offset, std::span<const unsigned char> data) {
  unsynced_.push_back({.truncates = false, .offset = offset, .data = {data.begin(), data.end()}});
  apply(contents_, unsynced_.back());
}

void File::truncate(std::size_t size) {
  unsynced_.push_back({.truncates = true, .offset = size, .data = {}});
  apply(contents_, unsynced_.back());
}

void File::sync() {
  for (const Change& change : std::exchange(unsynced_, {})) {
    apply(durable_, change);
  }
}

/// Sector by sector: through, lost, or cut somewhere inside (a sector is written from one end to
/// the other, and bytes outside the write are never harmed). A file that has grown may have its new
/// size without the data.
void File::tear(Bytes& to, const Change& change, Random& random) {
  const std::size_t end = change.offset + change.data.size();
  if (to.size() < end && pick(random, 2) == 0) {
    to.resize(end);
  }
  std::size_t begin = change.offset;
  while (begin < end) {
    const std::size_t stop = std::min(end, (begin / kSector + 1) * kSector);
    std::size_t first = begin;
    std::size_t last = stop;
    switch (pick(random, 8)) {
      case 0:
        first += pick(random, stop - begin);
        break;
      case 1:
        last -= pick(random, stop - begin);
        break;
      case 2:
      case 3:
      case 4:
        last = first;
        break;
      default:
        break;
    }
    if (first < last) {
      put(to, first, std::span(change.data).subspan(first - change.offset, last - first));
    }
    begin = stop;
  }
}

void File::lose_power(Random& random) {
  // Some cuts take all or nothing: a cache that was, or was not, just written back.
  const auto mood = pick(random, 6);
  for (const Change& change : std::exchange(unsynced_, {})) {
    const bool all = mood == 0 || (mood > 1 && pick(random, 3) == 0);
    const bool none = mood == 1 || (mood > 1 && !all && pick(random, 2) == 0);
    if (all || (change.truncates && !none)) {
      apply(durable_, change);
    } else if (!none) {
      tear(durable_, change, random);
    }
  }
  contents_ = durable_;
}

std::shared_ptr<File> Disk::find(const std::string& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : found->second;
}

void Disk::apply(Names& to, const NameChange& change) {
  if (change.file) {
    to.insert_or_assign(change.name, change.file);
  } else {
    to.erase(change.name);
  }
}

std::shared_ptr<File> Disk::create(const std::string& name) {
  unsynced_.push_back({name, std::make_shared<File>()});
  apply(names_, unsynced_.back());
  return names_.at(name);
}

void Disk::remove(const std::string& name) {
  unsynced_.push_back({name, nullptr});
  apply(names_, unsynced_.back());
}

void Disk::sync_names() {
  for (const NameChange& change : std::exchange(unsynced_, {})) {
    apply(durable_names_, change);
  }
}

void Disk::arm(Verdict verdict) {
  verdict_ = std::move(verdict);
  calls_ = 0;
}

Fate Disk::ask(Call call) {
  if (off_) {
    return Fate::fail;
  }
  const auto number = calls_++;
  const Fate fate = verdict_ ? verdict_(call, number) : Fate::go_on;
  off_ = fate == Fate::last;
  return fate;
}

void Disk::restart_after_power_loss() {
  for (const NameChange& change : std::exchange(unsynced_, {})) {
    if (pick(random_, 2) == 0) {
      apply(durable_names_, change);
    }
  }
  names_ = durable_names_;
  for (const auto& [name, file] : names_) {
    // A new object: handles from before the cut write into the old one.
    file->lose_power(random_);
  }
  for (auto& [name, file] : names_) {
    file = std::make_shared<File>(*file);
  }
  durable_names_ = names_;
  verdict_ = nullptr;
  calls_ = 0;
  off_ = false;
}

void Disk::copy_durable_from(const Disk& other) {
  names_.clear();
  for (const auto& [name, file] : other.names_) {
    names_.emplace(name, std::make_shared<File>(*file)).first->second->sync();
  }
  durable_names_ = names_;
  unsynced_.clear();
}

}  // namespace rfi::power
