// A disk in memory that forgets: what was written but not synced may be there after a power cut, or
// in part, or not at all, in any order. Knows nothing of SQLite; simulated_vfs.hpp is the glue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace rfi::power {

using Bytes = std::vector<unsigned char>;
using Random = std::mt19937_64;

/// The calls of a file system that may fail or be the last one before the power goes.
enum class Call { open, read, write, truncate, sync, size, remove, exists, lock, share };

/// One file: what a reader sees now, what has reached the platter for sure, and the calls between.
class File {
 public:
  [[nodiscard]] const Bytes& contents() const { return contents_; }
  void write(std::size_t offset, std::span<const unsigned char> data);
  void truncate(std::size_t size);
  /// All that was written so far has reached the platter.
  void sync();
  /// The power goes: each sector of each write since the last sync got through, in part, or not.
  void lose_power(Random& random);

 private:
  struct Change {
    bool truncates = false;
    std::size_t offset = 0;  ///< or the new size
    Bytes data;
  };
  static void apply(Bytes& to, const Change& change);
  static void tear(Bytes& to, const Change& change, Random& random);

  Bytes contents_;
  Bytes durable_;
  std::vector<Change> unsynced_;
};

/// What a call is told. `fail` does nothing and reports; `last` does it, unsynced, and the power is
/// gone.
enum class Fate { go_on, fail, last };

/// Decides about each call, which are counted from 0 since the last arm().
using Verdict = std::function<Fate(Call call, std::uint64_t number)>;

class Disk {
 public:
  explicit Disk(std::uint64_t seed) : random_(seed) {}

  // Names. A name that was made or removed is durable only after sync_names().
  [[nodiscard]] std::shared_ptr<File> find(const std::string& name) const;
  std::shared_ptr<File> create(const std::string& name);
  void remove(const std::string& name);
  void sync_names();

  /// Asks the verdict, if there is one. After the power has gone every call fails.
  [[nodiscard]] Fate ask(Call call);
  void arm(Verdict verdict);
  void disarm() { verdict_ = nullptr; }
  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  [[nodiscard]] bool is_off() const { return off_; }
  void cut_power() { off_ = true; }

  /// What a restart finds. Handles that are still open see nothing of it.
  void restart_after_power_loss();

  /// A copy of files and names, all durable.
  void copy_durable_from(const Disk& other);

 private:
  using Names = std::map<std::string, std::shared_ptr<File>>;
  struct NameChange {
    std::string name;
    std::shared_ptr<File> file;  ///< null: removed
  };
  static void apply(Names& to, const NameChange& change);

  Random random_;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> unsynced_;
  Verdict verdict_;
  std::uint64_t calls_ = 0;
  bool off_ = false;
};

}  // namespace rfi::power
