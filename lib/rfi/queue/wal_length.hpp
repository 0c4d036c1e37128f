// Keeps the WAL short, so that the store alone takes it into the queue: from 1000 pages on a
// producer's commit would do that as well (SQLite's automatic checkpoint) and wait for two syncs
// more.
#pragma once

#include "rfi/queue/sqlite.hpp"

namespace rfi::queue {

/// How far a checkpoint goes. To the end of the WAL, so that it is begun anew, also while others
/// commit all the time; or only as far as it gets without keeping them waiting, so that the WAL may
/// grow until there is a pause. The former asks SQLite for what the WAL-reset bug (journal.hpp)
/// makes dangerous.
enum class CheckpointReach { end, undisturbed };

/// One thread: the database's, which must outlive it. Without a WAL it does nothing. Not movable:
/// SQLite keeps its address.
class WalLength {
 public:
  /// Takes the place of the connection's automatic checkpoint, which would be a part of the commit.
  WalLength(const Database& database, CheckpointReach reach);
  WalLength(const WalLength&) = delete;
  WalLength& operator=(const WalLength&) = delete;
  ~WalLength();

  /// By the last commit of this connection.
  [[nodiscard]] bool is_long() const;

  /// Takes the WAL into the queue as far as readers let it, and has the next commit begin it anew.
  /// Waits for locks for some milliseconds at most. What fails stays in the WAL: WalWatch meets the
  /// failure and tells it.
  void shorten();

 private:
  const Database& database_;
  CheckpointReach reach_;
  int pages_ = 0;
};

}  // namespace rfi::queue
