// A queue of its own on a real file for each test, and a producer's connection with SQLite's
// defaults.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace rfi::queue::test {

/// A new directory that is removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

enum class TrustedSchema { on, off };
enum class Triggers { fire, off };

/// Another program's connection: triggers fire, nothing is hardened. Errors are values, as a test
/// wants to see them.
class Producer {
 public:
  explicit Producer(const std::filesystem::path& path,
                    TrustedSchema trusted = TrustedSchema::on,
                    Triggers triggers = Triggers::fire);
  /// The message of the error, or an empty text.
  std::string run(const std::string& sql) const;
  /// Runs `sql`, which must succeed.
  void must(const std::string& sql) { ASSERT_EQ(run(sql), "") << sql; }
  /// First column of the first row as text; "NULL" for NULL, "none" when there is no row.
  std::string text(const std::string& sql) const;
  std::int64_t number(const std::string& sql) { return std::stoll(text(sql)); }
  /// Inserts with customer number `customer` and returns the id. `extra` is a list of ", column"
  /// with `values` of ", value".
  std::int64_t insert(const std::string& reference,
                      int customer,
                      const std::string& columns = "",
                      const std::string& values = "");
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

 private:
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> handle_;
};

/// The UUID of customer number `number`.
[[nodiscard]] std::string customer(int number);

/// A test with a migrated queue in a directory of its own.
class QueueTest : public ::testing::Test {
 protected:
  QueueTest();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  TemporaryDirectory directory_;
  std::filesystem::path path_;
};

}  // namespace rfi::queue::test
