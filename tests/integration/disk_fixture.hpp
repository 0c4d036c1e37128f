// A daemon whose disk can be made to fail, for the tests of what it does then.
#pragma once

#include "integration/deployment.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

struct sqlite3;

namespace rfi::test {

/// Another program's connection to the queue, closed by the destructor.
class Stranger {
 public:
  explicit Stranger(const std::filesystem::path& queue);
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  ~Stranger();

  /// Runs `sql` with a busy timeout of 20 s; a failure fails the test.
  void run(const std::string& sql);
  /// First column of the first row.
  [[nodiscard]] std::string text(const std::string& sql);

 private:
  sqlite3* handle_ = nullptr;
};

class DiskTest : public ::testing::Test {
 protected:
  explicit DiskTest(const DeploymentOptions& options = patient());

  /// Retries soon, and lets a request take its time.
  [[nodiscard]] static DeploymentOptions patient();

  /// Starts the service with the library preloaded that makes calls fail.
  void start();
  /// From now on calls of that kind (read, write, sync, truncate) on the queue's files fail.
  void fail(const std::string& calls) const;
  void heal() const;

  /// The API answers the next PATCH after `delay`.
  void delay_next(std::chrono::milliseconds delay);
  void enqueue(const std::string& reference, unsigned customer) const;
  [[nodiscard]] bool on_the_wire();
  /// Requests that have reached the API.
  [[nodiscard]] std::size_t patches();
  [[nodiscard]] bool says_blocked();
  [[nodiscard]] bool becomes(const std::string& reference,
                             const std::string& state,
                             std::chrono::seconds limit = std::chrono::seconds{20}) const;
  /// The `queue.blocked` lines so far: "true" and "false" in their order, and the last reason.
  [[nodiscard]] std::vector<bool> blocked_lines() const;
  [[nodiscard]] std::string reason() const;
  /// Stops the service; its exit status.
  int stop();

  Deployment deployment_;
  std::unique_ptr<ChildProcess> daemon_;
};

}  // namespace rfi::test
