#include "power/simulated_sharing.hpp"

#include <span>

namespace rfi::power {

int FileLocks::lock(Holder holder, int wanted, int& level) {
  const auto by_another = [holder](Holder other) { return other != nullptr && other != holder; };
  if (wanted <= level) {
    return SQLITE_OK;
  }
  if (by_another(pending_) || (wanted > SQLITE_LOCK_SHARED && by_another(reserved_))) {
    return SQLITE_BUSY;
  }
  if (wanted == SQLITE_LOCK_SHARED) {
    readers_.insert(holder);
  } else if (wanted == SQLITE_LOCK_RESERVED) {
    reserved_ = holder;
  } else {
    reserved_ = pending_ = holder;
    level = SQLITE_LOCK_PENDING;
    if (readers_.size() > 1) {
      return SQLITE_BUSY;
    }
  }
  level = wanted;
  return SQLITE_OK;
}

void FileLocks::unlock(Holder holder, int wanted, int& level) {
  if (level <= wanted) {
    return;
  }
  reserved_ = reserved_ == holder ? nullptr : reserved_;
  pending_ = pending_ == holder ? nullptr : pending_;
  if (wanted == SQLITE_LOCK_NONE) {
    readers_.erase(holder);
  }
  level = wanted;
}

void* SharedMemory::region(std::size_t number, std::size_t size, bool make) {
  if (number >= regions_.size() && !make) {
    return nullptr;
  }
  while (regions_.size() <= number) {
    regions_.push_back(std::make_unique<Bytes>(size));
  }
  return regions_[number]->data();
}

void SharedMemory::Slot::free(Holder holder) {
  sharing.erase(holder);
  exclusive = exclusive == holder ? nullptr : exclusive;
}

int SharedMemory::lock(Holder holder, std::size_t first, std::size_t count, int flags) {
  const auto slots = std::span(slots_).subspan(first, count);
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    for (Slot& slot : slots) {
      slot.free(holder);
    }
    return SQLITE_OK;
  }
  const bool alone = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  for (const Slot& slot : slots) {
    const bool others = slot.sharing.size() > (slot.sharing.contains(holder) ? 1U : 0U);
    if ((slot.exclusive != nullptr && slot.exclusive != holder) || (alone && others)) {
      return SQLITE_BUSY;
    }
  }
  for (Slot& slot : slots) {
    if (alone) {
      slot.exclusive = holder;
    } else {
      slot.sharing.insert(holder);
    }
  }
  return SQLITE_OK;
}

void SharedMemory::leave(Holder holder) {
  for (Slot& slot : slots_) {
    slot.free(holder);
  }
}

}  // namespace rfi::power
