// Keeps the WAL short, so that the store alone takes it into the queue: from 1000 pages on a
// producer's commit would do that as well (SQLite's automatic checkpoint) and wait for two syncs
// more.
#pragma once

#include "rfi/queue/sqlite.hpp"

namespace rfi::queue {

/// One thread: the database's, which must outlive it. Without a WAL it does nothing. Not movable:
/// SQLite keeps its address.
class WalLength {
 public:
  /// Takes the place of the connection's automatic checkpoint, which would be a part of the commit.
  explicit WalLength(const Database& database);
  WalLength(const WalLength&) = delete;
  WalLength& operator=(const WalLength&) = delete;
  ~WalLength();

  /// By the last commit of this connection.
  [[nodiscard]] bool is_long() const;

  /// Takes the WAL into the queue as far as readers let it, and has the next commit begin it anew.
  /// Waits for a lock for some milliseconds at most. What fails stays in the WAL: the next exchange
  /// meets the failure.
  void shorten();

 private:
  const Database& database_;
  int pages_ = 0;
};

}  // namespace rfi::queue
